//! Pictures that programs of others draw: frames of films by ffmpeg, HEIC by libheif.
//!
//! They run inside the limits of the worker that starts them, and die with it. They are given one file by its
//! path and may open no other: playlists, which name files and addresses, are no format for us.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use super::Small;

/// A picture as PPM is not longer: 8 million pixels.
const LONGEST: u64 = 32 << 20;

/// What ffmpeg may take a file for: containers and single pictures, and nothing that names other files.
const FORMATS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,dv,flv,ogg,asf,h264,hevc,m4v,rm,gif,apng,\
    image2,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,psd_pipe,exr_pipe,dds_pipe,sgi_pipe,sunrast_pipe,\
    pcx_pipe,xpm_pipe,xbm_pipe,pam_pipe,pbm_pipe,pgm_pipe,ppm_pipe,pfm_pipe,qoi_pipe,jpegls_pipe,dpx_pipe,photocd_pipe,pictor_pipe";

/// What ffmpeg may take a recording for.
const SOUNDS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,wav,w64,mp3,flac,aac,aiff,caf,amr,ape,au,wv,tta,ac3,dsf,voc,rm";

/// Programs that are asked when they are installed, and what is missing without them.
pub(crate) const PROGRAMS: [(&str, &str); 2] = [
    (
        "ffmpeg",
        "no pictures of films and no waveforms of recordings, no pictures of AVIF, JPEG XL, JPEG 2000 and rarer formats (Debian: apt-get install ffmpeg)",
    ),
    ("heif-convert", "no pictures of HEIC, which telephones write (Debian: apt-get install libheif-examples)"),
];

/// Returns where a program is installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Draws a frame of a film, a tenth of the way in: films begin with darkness and titles.
pub(crate) fn frame(path: &Path, duration_s: Option<f64>, longer_side: u32) -> anyhow::Result<Small> {
    let at = duration_s.filter(|seconds| seconds.is_finite() && *seconds > 0.0).map_or(0.0, |seconds| seconds / 10.0);
    let drawn = draw(path, at, longer_side);
    // An index that is wrong, or a duration that is: the beginning is better than nothing.
    if drawn.is_err() && at > 0.0 { draw(path, 0.0, longer_side) } else { drawn }
}

/// Draws a frame of a film at a moment, in seconds.
pub(crate) fn frame_at(path: &Path, at_s: f64, longer_side: u32) -> anyhow::Result<Small> {
    draw(path, at_s, longer_side)
}

/// Draws a picture of a format that only ffmpeg knows.
pub(crate) fn picture(path: &Path, longer_side: u32) -> anyhow::Result<Small> {
    draw(path, 0.0, longer_side)
}

/// Draws a HEIC picture. `scratch` is a folder for what passes from one program to the other.
pub(crate) fn heif(path: &Path, scratch: &Path) -> anyhow::Result<Small> {
    fs::create_dir_all(scratch)?;
    let passing = scratch.join("heif.jpg");
    let arguments = ["-q".as_ref(), "92".as_ref(), path.as_os_str(), passing.as_os_str()];
    let small = run("heif-convert", &arguments).and_then(|_| super::shrink_jpeg(&passing));
    let _ = fs::remove_file(&passing);
    small
}

fn draw(path: &Path, at_s: f64, longer_side: u32) -> anyhow::Result<Small> {
    let at = format!("{at_s:.3}");
    let smaller =
        format!("scale=w=iw*sar:h=ih,scale=w='min({longer_side},iw)':h='min({longer_side},ih)':force_original_aspect_ratio=decrease,setsar=1");
    let mut input = OsString::from("file:");
    input.push(path);
    let fixed = ["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-ss", &at, "-i"];
    let output = ["-map", "0:v:0", "-frames:v", "1", "-vf", &smaller, "-threads", "1", "-c:v", "ppm", "-f", "image2pipe", "-"];
    let mut arguments: Vec<&OsStr> = fixed.iter().map(OsStr::new).collect();
    arguments.push(&input);
    arguments.extend(output.iter().map(OsStr::new));
    let bytes = run("ffmpeg", &arguments)?;
    let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Pnm).context("ffmpeg found no picture in it")?.into_rgb8();
    let (width, height) = picture.dimensions();
    Ok(Small { width, height, rgb: picture.into_raw(), icc: None })
}

/// Decodes the sound of a file to one channel of `rate` samples in a second and shows it piece by piece.
///
/// # Errors
/// When ffmpeg is not installed, or cannot read the file.
pub(crate) fn samples(path: &Path, rate: usize, show: &mut dyn FnMut(&[i16])) -> anyhow::Result<()> {
    let mut input = OsString::from("file:");
    input.push(path);
    let rate = rate.to_string();
    let fixed = ["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-format_whitelist", SOUNDS, "-i"];
    let output = ["-map", "0:a:0", "-ac", "1", "-ar", &rate, "-f", "s16le", "-"];
    let mut arguments: Vec<&OsStr> = fixed.iter().map(OsStr::new).collect();
    arguments.push(&input);
    arguments.extend(output.iter().map(OsStr::new));
    let mut child = start("ffmpeg", &arguments)?;
    let mut piece = vec![0; 64 << 10];
    let mut decoded = Vec::new();
    let mut odd: Option<u8> = None;
    while let Some(output) = &mut child.stdout {
        let length = match output.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        // A pipe may part a sample.
        let bytes: Vec<u8> = odd.take().into_iter().chain(piece.iter().take(length).copied()).collect();
        decoded.clear();
        decoded.extend(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
        odd = (bytes.len() % 2 == 1).then(|| bytes.last().copied()).flatten();
        show(&decoded);
    }
    anyhow::ensure!(child.wait()?.success(), "ffmpeg could not read it");
    Ok(())
}

/// Runs a program and returns what it wrote to its standard output.
fn run(program: &str, arguments: &[&OsStr]) -> anyhow::Result<Vec<u8>> {
    let mut child = start(program, arguments)?;
    let mut bytes = Vec::new();
    let read = child.stdout.take().map(|output| output.take(LONGEST + 1).read_to_end(&mut bytes)).transpose();
    if read.is_err() || bytes.len() as u64 > LONGEST {
        let _ = child.kill();
    }
    let status = child.wait()?;
    read?;
    anyhow::ensure!(status.success(), "{program} could not read it");
    Ok(bytes)
}

fn start(program: &str, arguments: &[&OsStr]) -> anyhow::Result<Child> {
    let Some(file) = find(program) else { bail!("{program} is not installed: see `kho doctor`") };
    Command::new(file)
        .args(arguments)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} cannot be started"))
}

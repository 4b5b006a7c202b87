//! HEIC and other pictures in HEIF boxes, by the programs of libheif.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use image::{ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::super::small::Small;
use super::super::squeeze::{self, Squeeze};
use super::Arguments;
use super::run::Run;

const TIME: Duration = Duration::from_secs(20);

/// Bigger pictures are not read back.
const LONGEST_SIDE: u32 = 20_000;
/// What reading back may need, in bytes.
const MEMORY: u64 = 320 << 20;

/// The folder of passing files, which is gone whatever happens.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Draws a HEIC picture; upright, with at most 8 million pixels. `scratch` is a folder for what passes from one program to the other.
///
/// The profile that libheif passes on stands in `icc`. The program turns the picture as its boxes say, so that an orientation in EXIF means nothing.
pub(crate) fn heif(path: &Path, scratch: &Path) -> anyhow::Result<Small> {
    let passing = Passing(scratch.join(format!("heif-{}", std::process::id())));
    fs::create_dir_all(&passing.0).context("the scratch folder cannot be made")?;
    // A path that begins with a dash must not be taken for an option.
    let path = std::path::absolute(path).context("the path is no path")?;
    let arguments = Arguments::default().words(["-q", "92"]).path(&path).path(&passing.0.join("picture.jpg"));
    Run { program: "heif-convert", arguments, input: None, time: TIME }.answer(64 << 10)?;
    read(&passing.0)
}

fn read(passing: &Path) -> anyhow::Result<Small> {
    // Of several pictures in one file the program makes as many, and numbers them.
    let file = File::open(passing.join("picture.jpg")).or_else(|_| File::open(passing.join("picture-1.jpg")));
    let file = file.context("heif-convert found no picture in it")?;
    let mut reader = ImageReader::with_format(BufReader::new(file), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE), Some(MEMORY));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().context("what heif-convert wrote cannot be read")?;
    let icc = decoder.icc_profile().ok().flatten();
    let picture = image::DynamicImage::from_decoder(decoder).context("what heif-convert wrote cannot be read")?.into_rgb8();
    let full = picture.dimensions();
    let factor = squeeze::factor(full, full.0.max(full.1));
    if factor == 1 {
        return Ok(Small { width: full.0, height: full.1, rgb: picture.into_raw(), icc });
    }
    let mut squeeze = Squeeze::new(full.0, factor);
    picture.as_raw().chunks_exact(full.0 as usize * 3).for_each(|row| squeeze.push(row));
    Ok(Small { width: full.0.div_ceil(factor), height: full.1.div_ceil(factor), rgb: squeeze.finish(), icc })
}

#[cfg(test)]
mod tests {
    use super::super::run::Tools;
    use super::*;

    #[test]
    fn a_broken_picture_leaves_nothing_behind() {
        if Tools::find("heif-convert").is_none() {
            println!("heif-convert is not installed: nothing to see");
            return;
        }
        let scratch = std::env::temp_dir().join(format!("kho-heif-{}", std::process::id()));
        fs::create_dir_all(&scratch).expect("a scratch folder");
        let path = scratch.join("đó.heic");
        fs::write(&path, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").expect("a scratch file");
        assert!(heif(&path, &scratch).is_err());
        assert_eq!(fs::read_dir(&scratch).expect("it is there").count(), 1);
        fs::remove_dir_all(scratch).expect("it was there");
    }
}

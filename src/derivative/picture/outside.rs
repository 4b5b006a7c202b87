//! Pictures and sounds that programs of others decode: films and rare formats by ffmpeg, HEIC by libheif.
//!
//! They are run inside the limits of the worker that starts them, without a shell, with an environment of our own and with limits on time and
//! answer. They are given one file and may open no other: playlists, which name files and addresses, are no format for us.

use std::ffi::{OsStr, OsString};
use std::path::Path;

mod copy;
mod film;
mod heif;
mod probe;
mod run;
mod sound;

pub(crate) use copy::{Copying, copy, encoders};
pub(crate) use film::{frames, picture, poster, storyboard};
pub(crate) use heif::heif;
pub(crate) use probe::{Probed, probe};
pub(crate) use run::{Missing, found, has};
pub(crate) use sound::peaks;

/// What ffmpeg may take a file for: containers, sounds and single pictures, and nothing that names other files.
///
/// `image2` is left out on purpose: it takes `%d` in a name for a number and opens the whole row of files.
const FORMATS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mpegtsraw,dv,flv,ogg,asf,h264,hevc,m4v,obu,ivf,rm,mxf,gif,apng,\
    vc1,wtv,nut,roq,flic,smk,bink,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,psd_pipe,exr_pipe,dds_pipe,sgi_pipe,\
    sunrast_pipe,pcx_pipe,xpm_pipe,xbm_pipe,xwd_pipe,pam_pipe,pbm_pipe,pgm_pipe,pgmyuv_pipe,ppm_pipe,pfm_pipe,phm_pipe,qoi_pipe,jpegls_pipe,dpx_pipe,\
    photocd_pipe,pictor_pipe,qdraw_pipe,gem_pipe,cri_pipe,gif_pipe,vbn_pipe,wav,w64,mp3,flac,aac,aiff,au,amr,amrnb,amrwb,caf,ape,wv,tta,ac3,eac3,dts,\
    mpc,mpc8,oma,tak,dsf,voc,gsm,qcp,truehd,loas,adp,sox,xwma";

/// Arguments of a program, built up from words and one path.
#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn words<const N: usize>(mut self, words: [&str; N]) -> Self {
        self.0.extend(words.map(OsString::from));
        self
    }

    fn path(mut self, path: &Path) -> Self {
        self.0.push(path.into());
        self
    }

    /// The file that is read, which [`run::Run`] opens as standard input. Opened again under this name it has no name of its own: an ending
    /// such as `.jpg` or a `%d` would make ffmpeg look for a row of files, and one that looks like an address or an option could be taken for it.
    fn input(self) -> Self {
        self.words(["file:/proc/self/fd/0"])
    }

    fn as_list(&self) -> Vec<&OsStr> {
        self.0.iter().map(OsString::as_os_str).collect()
    }
}

/// What every ffmpeg is told first.
fn ffmpeg() -> Arguments {
    Arguments::default().words(["-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-filter_threads", "1"]).words(limits())
}

/// Which protocols and formats ffmpeg and ffprobe may use; stands before the file.
fn limits() -> [&'static str; 4] {
    ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::run::Tools;
    use super::*;

    #[test]
    fn a_playlist_that_names_a_neighbour_is_refused() {
        if Tools::find("ffmpeg").is_none() {
            println!("ffmpeg is not installed: nothing to see");
            return;
        }
        let folder = std::env::temp_dir().join(format!("kho-playlist-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a scratch folder");
        let neighbour = folder.join("đó Thủ Sỹ.ppm");
        fs::write(&neighbour, [b"P6\n8 8\n255\n".as_slice(), &[200; 192]].concat()).expect("a scratch file");
        assert!(picture(&neighbour, 64).is_ok(), "the picture itself is drawn");
        let hostile = [
            ("phim.ffconcat", format!("ffconcat version 1.0\nfile '{}'\n", neighbour.display())),
            ("phim.m3u8", format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:{}\n#EXT-X-ENDLIST\n", neighbour.display())),
            ("phim.sdp", "v=0\nm=video 9 RTP/AVP 96\nc=IN IP4 127.0.0.1\n".to_owned()),
        ];
        for (name, text) in hostile {
            let path = folder.join(name);
            fs::write(&path, text).expect("a scratch file");
            assert!(picture(&path, 64).is_err(), "{name}");
            assert!(probe(&path).is_err(), "{name}");
        }
        // A name that would be a row of files is a name.
        let row = folder.join("đó %03d.ppm");
        fs::rename(&neighbour, &row).expect("it was there");
        assert!(picture(&row, 64).is_ok_and(|small| small.rgb == [200; 192]));
        fs::remove_dir_all(folder).expect("it was there");
    }
}

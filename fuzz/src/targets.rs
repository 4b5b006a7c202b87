//! The targets. Each one states what its parser promises on any bytes, and not only that it comes back.

mod archive;
mod bags;
mod documents;
mod media;
mod pictures;
mod search;
mod words;

use crate::engine::Target;

/// Every target, in the order of the report.
pub(crate) const TARGETS: &[Target] = &[
    Target { name: "subtitles", is_contained: true, run: words::subtitles },
    Target { name: "encoding", is_contained: false, run: words::encoding },
    Target { name: "names", is_contained: false, run: words::names },
    Target { name: "tables", is_contained: true, run: media::tables },
    Target { name: "sidecars", is_contained: true, run: media::sidecars },
    Target { name: "facts", is_contained: true, run: media::facts },
    Target { name: "documents", is_contained: true, run: documents::documents },
    Target { name: "manifests", is_contained: false, run: bags::manifests },
    Target { name: "bags", is_contained: false, run: bags::bags },
    Target { name: "packages", is_contained: false, run: bags::packages },
    Target { name: "jpeg", is_contained: true, run: pictures::jpeg },
    Target { name: "bands", is_contained: true, run: pictures::bands },
    Target { name: "tiles", is_contained: false, run: pictures::tiles },
    Target { name: "tiff", is_contained: true, run: pictures::tiff },
    Target { name: "psd", is_contained: true, run: pictures::psd },
    Target { name: "journal", is_contained: false, run: archive::journal },
    Target { name: "ids", is_contained: false, run: archive::ids },
    Target { name: "settings", is_contained: false, run: archive::settings },
    Target { name: "access", is_contained: false, run: archive::access },
    Target { name: "search", is_contained: false, run: search::search },
    Target { name: "snippets", is_contained: false, run: search::snippets },
];

//! `info.json`: what a picture is, and what may be asked of it.

use serde_json::{Value, json};

use super::address::{MOST_AREA, MOST_SIDE, Version};
use crate::tiles::grid::{Grid, SIDE};

/// The document of a picture that is known as `id`.
pub(super) fn document(version: Version, id: &str, grid: Grid) -> Value {
    let scales: Vec<u32> = (0..grid.levels()).map(|level| 1 << level).collect();
    let tiles = json!([{"width": SIDE, "height": SIDE, "scaleFactors": scales}]);
    match version {
        Version::Two => json!({
            "@context": "http://iiif.io/api/image/2/context.json",
            "@id": id,
            "protocol": "http://iiif.io/api/image",
            "width": grid.width,
            "height": grid.height,
            "sizes": sizes(grid),
            "tiles": tiles,
            "profile": ["http://iiif.io/api/image/2/level2.json", {
                "formats": ["jpg", "png"],
                "qualities": ["default", "color", "gray", "bitonal"],
                "supports": ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "regionSquare", "sizeAboveFull"],
                "maxWidth": MOST_SIDE, "maxHeight": MOST_SIDE, "maxArea": MOST_AREA,
            }],
        }),
        Version::Three => json!({
            "@context": "http://iiif.io/api/image/3/context.json",
            "id": id,
            "type": "ImageService3",
            "protocol": "http://iiif.io/api/image",
            "profile": "level2",
            "width": grid.width,
            "height": grid.height,
            "maxWidth": MOST_SIDE, "maxHeight": MOST_SIDE, "maxArea": MOST_AREA,
            "sizes": sizes(grid),
            "tiles": tiles,
            "extraQualities": ["color", "gray", "bitonal"],
            "extraFeatures": ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "sizeUpscaling"],
        }),
    }
}

/// The levels that are given whole, the smallest first.
fn sizes(grid: Grid) -> Vec<Value> {
    let is_given = |(width, height): &(u32, u32)| *width <= MOST_SIDE && *height <= MOST_SIDE && u64::from(*width) * u64::from(*height) <= MOST_AREA;
    let levels = (0..grid.levels()).rev().map(|level| grid.size(level)).filter(is_given);
    levels.map(|(width, height)| json!({"width": width, "height": height})).collect()
}

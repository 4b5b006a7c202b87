//! What an address of the Image API asks for, in versions 2.1 and 3.0: first as it was typed, then for a picture of a certain size.

use crate::tiles::grid::{Grid, Region, tile_of};

/// No picture that is given is wider or higher.
pub(crate) const MOST_SIDE: u32 = 8192;

/// No picture that is given has more pixels: it is drawn in memory.
pub(crate) const MOST_AREA: u64 = 8 << 20;

/// The version of the Image API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Two,
    Three,
}

/// Why there is no such picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The address means nothing, or nothing in this picture.
    Wrong,
    /// It means something that is not done here.
    NotDone,
}

/// An address as it was typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    version: Version,
    region: AskedRegion,
    size: AskedSize,
    is_enlarging: bool,
    pub(crate) rotation: Rotation,
    pub(crate) quality: Quality,
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum AskedRegion {
    Full,
    Square,
    Pixels([u32; 4]),
    Percent([f64; 4]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum AskedSize {
    /// As large as the server gives it.
    Max,
    /// As large as the region.
    Full,
    Width(u32),
    Height(u32),
    Percent(f64),
    Exactly(u32, u32),
    /// As large as fits into this.
    Within(u32, u32),
}

/// Mirrored first, then turned clockwise by so many quarters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rotation {
    pub(crate) is_mirrored: bool,
    pub(crate) quarters: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    Default,
    Color,
    Gray,
    Bitonal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Jpg,
    Png,
}

/// What is to be drawn of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) region: Region,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Version {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "2" => Some(Self::Two),
            "3" => Some(Self::Three),
            _ => None,
        }
    }

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

impl Asked {
    /// Reads `REGION/SIZE/ROTATION/QUALITY.FORMAT`.
    pub(crate) fn read(version: Version, text: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = text.split('/').collect();
        let [region, size, rotation, last] = parts.as_slice() else { return Err(Refusal::Wrong) };
        let (quality, format) = last.split_once('.').ok_or(Refusal::Wrong)?;
        let (is_enlarging, size) = match size.strip_prefix('^') {
            Some(size) if version == Version::Three => (true, size),
            _ => (version == Version::Two, *size),
        };
        Ok(Self {
            version,
            region: AskedRegion::read(region).ok_or(Refusal::Wrong)?,
            size: AskedSize::read(version, size).ok_or(Refusal::Wrong)?,
            is_enlarging,
            quality: Quality::read(quality).ok_or(Refusal::Wrong)?,
            format: Format::read(format).ok_or(Refusal::Wrong)?,
            rotation: Rotation::read(rotation)?,
        })
    }

    /// Returns what that is in a picture of this size.
    pub(crate) fn wanted(&self, grid: Grid) -> Result<Wanted, Refusal> {
        let region = self.region.within(grid).ok_or(Refusal::Wrong)?;
        let (width, height) = self.size.of(grid, region, self.is_enlarging).ok_or(Refusal::Wrong)?;
        let is_larger = width > region.width || height > region.height;
        let is_allowed = width <= MOST_SIDE && height <= MOST_SIDE && u64::from(width) * u64::from(height) <= MOST_AREA;
        if width == 0 || height == 0 || !is_allowed || (is_larger && !self.is_enlarging) {
            return Err(Refusal::Wrong);
        }
        Ok(Wanted { region, width, height })
    }

    /// Whether a tile as it lies in the pack is what is asked for, if region and size are those of one.
    pub(crate) fn is_as_stored(&self) -> bool {
        self.rotation == Rotation::default() && matches!(self.quality, Quality::Default | Quality::Color) && self.format == Format::Jpg
    }

    /// The one address under which this picture is known (Image API 3.0, section 4.7; 2.1, section 4.7).
    pub(crate) fn canonical(&self, grid: Grid, wanted: Wanted) -> String {
        let Wanted { region, width, height } = wanted;
        let is_all = region == Region::all(grid);
        let place = if is_all { "full".to_owned() } else { format!("{},{},{},{}", region.x, region.y, region.width, region.height) };
        let size = match self.version {
            Version::Two if (width, height) == (region.width, region.height) => "full".to_owned(),
            Version::Two if AskedSize::Width(width).of(grid, region, true) == Some((width, height)) => format!("{width},"),
            Version::Two => format!("{width},{height}"),
            Version::Three if (width, height) == largest(region) => "max".to_owned(),
            Version::Three if width > region.width || height > region.height => format!("^{width},{height}"),
            Version::Three => format!("{width},{height}"),
        };
        let mirror = if self.rotation.is_mirrored { "!" } else { "" };
        let rotation = u32::from(self.rotation.quarters) * 90;
        format!("{place}/{size}/{mirror}{rotation}/{}.{}", self.quality.name(), self.format.name())
    }
}

impl AskedRegion {
    fn read(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "square" => Some(Self::Square),
            _ => match text.strip_prefix("pct:") {
                Some(numbers) => Some(Self::Percent(four(numbers, percent)?)),
                None => Some(Self::Pixels(four(text, whole)?)),
            },
        }
    }

    fn within(self, grid: Grid) -> Option<Region> {
        let share = |percent: f64, length: u32| (percent * f64::from(length) / 100.0).round() as u32;
        let [x, y, width, height] = match self {
            Self::Full => [0, 0, grid.width, grid.height],
            Self::Square => {
                let side = grid.width.min(grid.height);
                [(grid.width - side) / 2, (grid.height - side) / 2, side, side]
            }
            Self::Pixels(pixels) => pixels,
            Self::Percent([x, y, width, height]) => {
                [share(x, grid.width), share(y, grid.height), share(width, grid.width), share(height, grid.height)]
            }
        };
        // What lies beyond the edge is cut off; what lies beyond it entirely is nothing.
        let width = width.min(grid.width.checked_sub(x)?);
        let height = height.min(grid.height.checked_sub(y)?);
        (width > 0 && height > 0).then_some(Region { x, y, width, height })
    }
}

impl AskedSize {
    fn read(version: Version, text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix("pct:") {
            return Some(Self::Percent(percent(number).filter(|percent| *percent > 0.0)?));
        }
        if let Some(inner) = text.strip_prefix('!') {
            let (width, height) = inner.split_once(',')?;
            return Some(Self::Within(whole(width)?, whole(height)?));
        }
        match text.split_once(',') {
            Some((width, "")) => Some(Self::Width(whole(width)?)),
            Some(("", height)) => Some(Self::Height(whole(height)?)),
            Some((width, height)) => Some(Self::Exactly(whole(width)?, whole(height)?)),
            None => match (version, text) {
                (_, "max") => Some(Self::Max),
                (Version::Two, "full") => Some(Self::Full),
                _ => None,
            },
        }
    }

    fn of(self, grid: Grid, region: Region, is_enlarging: bool) -> Option<(u32, u32)> {
        let (own_width, own_height) = (region.width, region.height);
        let scaled = |scale: f64| {
            let side = |length: u32| (f64::from(length) * scale).round().clamp(1.0, f64::from(u32::MAX)) as u32;
            (side(own_width), side(own_height))
        };
        match self {
            Self::Max | Self::Full => Some(largest(region)),
            Self::Percent(percent) => Some(scaled(percent / 100.0)),
            Self::Exactly(width, height) => Some((width, height)),
            Self::Width(width) => {
                // Viewers mean the tile, whose sides are rounded up.
                let tile = (width, up(width, own_width, own_height));
                let near = (width, proportional(width, own_width, own_height));
                Some(if tile_of(grid, region, tile).is_some() { tile } else { near })
            }
            Self::Height(height) => {
                let tile = (up(height, own_height, own_width), height);
                let near = (proportional(height, own_height, own_width), height);
                Some(if tile_of(grid, region, tile).is_some() { tile } else { near })
            }
            Self::Within(width, height) => {
                let fitting = (f64::from(width) / f64::from(own_width)).min(f64::from(height) / f64::from(own_height));
                let largest = largest(region);
                let allowed = if is_enlarging { most(region) } else { f64::from(largest.0) / f64::from(own_width) };
                // The validator wants no less than the specification's words: what would have to grow is refused, not given smaller.
                if width == 0 || height == 0 || (fitting > 1.0 && !is_enlarging) {
                    return None;
                }
                let (wide, high) = scaled(fitting.min(allowed));
                Some((wide.min(width), high.min(height)))
            }
        }
    }
}

/// The size in which a region is given when nothing smaller is asked for: its own, or as much of it as is allowed.
fn largest(region: Region) -> (u32, u32) {
    let scale = most(region).min(1.0);
    let side = |length: u32| (f64::from(length) * scale).floor().max(1.0) as u32;
    if scale < 1.0 { (side(region.width), side(region.height)) } else { (region.width, region.height) }
}

/// By how much a region may be enlarged at most.
fn most(region: Region) -> f64 {
    let (width, height) = (f64::from(region.width), f64::from(region.height));
    let side = f64::from(MOST_SIDE);
    let area = (MOST_AREA as f64 / (width * height)).sqrt();
    (side / width).min(side / height).min(area)
}

/// The other side that goes with one, rounded.
fn proportional(side: u32, own: u32, other: u32) -> u32 {
    let exact = u64::from(side) * u64::from(other);
    u32::try_from((exact + u64::from(own) / 2) / u64::from(own).max(1)).unwrap_or(u32::MAX).max(1)
}

/// The other side that goes with one, rounded up.
fn up(side: u32, own: u32, other: u32) -> u32 {
    u32::try_from((u64::from(side) * u64::from(other)).div_ceil(u64::from(own).max(1))).unwrap_or(u32::MAX)
}

impl Rotation {
    fn read(text: &str) -> Result<Self, Refusal> {
        let (is_mirrored, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let degrees = percent(text).filter(|degrees| *degrees <= 360.0).ok_or(Refusal::Wrong)?;
        let quarters = degrees / 90.0;
        if quarters.fract() != 0.0 {
            return Err(Refusal::NotDone);
        }
        Ok(Self { is_mirrored, quarters: quarters as u8 % 4 })
    }
}

impl Quality {
    fn read(text: &str) -> Option<Self> {
        [Self::Default, Self::Color, Self::Gray, Self::Bitonal].into_iter().find(|quality| quality.name() == text)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Color => "color",
            Self::Gray => "gray",
            Self::Bitonal => "bitonal",
        }
    }
}

impl Format {
    fn read(text: &str) -> Option<Self> {
        [Self::Jpg, Self::Png].into_iter().find(|format| format.name() == text)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Jpg => "jpg",
            Self::Png => "png",
        }
    }

    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Digits and nothing else.
fn whole(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Digits, perhaps with a point.
fn percent(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.bytes().any(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

fn four<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<[T; 4]> {
    let numbers: Vec<T> = text.split(',').map(read).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHEET: Grid = Grid { width: 3000, height: 2000 };

    fn wanted(version: Version, text: &str) -> Result<(Region, u32, u32), Refusal> {
        let wanted = Asked::read(version, &format!("{text}/0/default.jpg"))?.wanted(SHEET)?;
        Ok((wanted.region, wanted.width, wanted.height))
    }

    fn size(version: Version, text: &str) -> Result<(u32, u32), Refusal> {
        wanted(version, text).map(|(_, width, height)| (width, height))
    }

    #[test]
    fn regions_of_a_pattern_sheet_as_the_specification_counts_them() {
        let region =
            |text: &str| wanted(Version::Three, &format!("{text}/max")).map(|(region, ..)| [region.x, region.y, region.width, region.height]);
        assert_eq!(region("full"), Ok([0, 0, 3000, 2000]));
        assert_eq!(region("square"), Ok([500, 0, 2000, 2000]));
        assert_eq!(region("2900,10,500,20"), Ok([2900, 10, 100, 20]));
        assert_eq!(region("pct:41.6,7.5,40,70"), Ok([1248, 150, 1200, 1400]));
        for wrong in ["3000,0,10,10", "0,0,0,10", "0,0,10", "-1,0,10,10", "pct:1,2,3", "pct:101,0,10,10", "quảng", "pct:NaN,0,1,1", "1e3,0,1,1"] {
            assert_eq!(region(wrong), Err(Refusal::Wrong), "{wrong}");
        }
    }

    #[test]
    fn sizes_of_version_three_grow_only_where_it_is_said() {
        let sizes = [
            ("300,", (300, 200)),
            (",300", (450, 300)),
            ("pct:50", (1500, 1000)),
            ("225,100", (225, 100)),
            ("!225,100", (150, 100)),
            ("!9000,2000", (3000, 2000)),
            ("^3300,2200", (3300, 2200)),
            ("^!3300,9000", (3300, 2200)),
            ("^pct:110", (3300, 2200)),
            ("max", (3000, 2000)),
            ("^max", (3000, 2000)),
        ];
        for (text, expected) in sizes {
            assert_eq!(size(Version::Three, &format!("full/{text}")), Ok(expected), "{text}");
        }
        for wrong in ["full", "3001,", "!3300,2200", ",2001", "pct:101", "0,", "pct:0", "^9000,9000", "^8193,1", "", ",", "!10,", "max,"] {
            assert_eq!(size(Version::Three, &format!("full/{wrong}")), Err(Refusal::Wrong), "{wrong}");
        }
        assert_eq!((size(Version::Two, "full/full"), size(Version::Two, "full/3300,")), (Ok((3000, 2000)), Ok((3300, 2200))));
    }

    #[test]
    fn the_largest_size_that_is_allowed_is_given_where_everything_is_wanted() {
        let scan = Grid { width: 11_600, height: 8_700 };
        let wanted = Asked::read(Version::Three, "full/max/0/default.jpg").unwrap().wanted(scan).unwrap();
        assert!(u64::from(wanted.width) * u64::from(wanted.height) <= MOST_AREA && wanted.width > 3300, "{wanted:?}");
        assert_eq!(Asked::read(Version::Three, "full/8000,/0/default.jpg").unwrap().wanted(scan), Err(Refusal::Wrong));
    }

    #[test]
    fn tiles_are_asked_for_in_either_way_of_rounding() {
        // The lowest tile of the second level: 464 rows, 232 of them.
        assert_eq!(size(Version::Two, "1024,1024,1024,976/512,"), Ok((512, 488)));
        let odd = Grid { width: 3000, height: 1801 };
        let wanted = Asked::read(Version::Two, "0,1024,1024,777/512,/0/default.jpg").unwrap().wanted(odd).unwrap();
        assert_eq!((wanted.width, wanted.height), (512, 389));
    }

    #[test]
    fn rotations_qualities_and_formats() {
        let read = |text: &str| Asked::read(Version::Three, &format!("full/max/{text}"));
        let turned = read("!270/gray.png").unwrap();
        assert_eq!((turned.rotation, turned.quality, turned.format), (Rotation { is_mirrored: true, quarters: 3 }, Quality::Gray, Format::Png));
        assert_eq!(read("360/color.jpg").unwrap().rotation, Rotation::default());
        assert_eq!(read("22.5/default.jpg"), Err(Refusal::NotDone));
        for wrong in
            ["-90/default.jpg", "361/default.jpg", "x/default.jpg", "0/colour.jpg", "0/default.xyz", "0/default", "0/default.jpg/", "!/default.jpg"]
        {
            assert_eq!(read(wrong), Err(Refusal::Wrong), "{wrong}");
        }
    }

    #[test]
    fn each_picture_has_one_address() {
        let canonical = |version, text: &str| {
            let asked = Asked::read(version, text).unwrap();
            asked.canonical(SHEET, asked.wanted(SHEET).unwrap())
        };
        assert_eq!(canonical(Version::Three, "0,0,3000,2000/pct:100/360/default.jpg"), "full/max/0/default.jpg");
        assert_eq!(canonical(Version::Three, "square/!100,100/!90/gray.png"), "500,0,2000,2000/100,100/!90/gray.png");
        assert_eq!(canonical(Version::Three, "full/^6000,/0/default.jpg".replace("6000", "3300").as_str()), "full/^3300,2200/0/default.jpg");
        assert_eq!(canonical(Version::Two, "full/300,200/0/default.jpg"), "full/300,/0/default.jpg");
        assert_eq!(canonical(Version::Two, "full/3000,/0/default.jpg"), "full/full/0/default.jpg");
    }

    proptest! {
        #[test]
        fn what_is_wanted_lies_in_the_picture_and_within_the_limits(
            width in 1_u32..200_000, height in 1_u32..5_000, region in "full|square|[0-9]{1,6},[0-9]{1,4},[0-9]{1,6},[0-9]{1,6}|pct:[0-9]{1,2},[0-9]{1,2},[0-9.]{1,4},[0-9.]{1,4}",
            size in "max|\\^max|\\^?[0-9]{1,5},|\\^?,[0-9]{1,5}|\\^?!?[0-9]{1,5},[0-9]{1,5}|\\^?pct:[0-9.]{1,5}",
            is_new: bool,
        ) {
            let grid = Grid { width, height };
            let version = if is_new { Version::Three } else { Version::Two };
            let Ok(asked) = Asked::read(version, &format!("{region}/{size}/0/default.jpg")) else { return Ok(()) };
            let Ok(wanted) = asked.wanted(grid) else { return Ok(()) };
            let Region { x, y, width: wide, height: high } = wanted.region;
            prop_assert!(wide > 0 && high > 0 && x + wide <= width && y + high <= height);
            prop_assert!(wanted.width > 0 && wanted.height > 0 && wanted.width <= MOST_SIDE && wanted.height <= MOST_SIDE);
            prop_assert!(u64::from(wanted.width) * u64::from(wanted.height) <= MOST_AREA);
            // The canonical address means the same picture.
            let again = Asked::read(version, &asked.canonical(grid, wanted)).unwrap();
            prop_assert_eq!(again.wanted(grid), Ok(wanted));
        }

        #[test]
        fn no_address_makes_it_panic(text in "[full/0-9,.!^pct:mxdeajg]{0,40}", width in 1_u32..u32::MAX, height in 1_u32..u32::MAX) {
            for version in [Version::Two, Version::Three] {
                let _ = Asked::read(version, &text).map(|asked| asked.wanted(Grid { width, height }).map(|wanted| asked.canonical(Grid { width, height }, wanted)));
            }
        }
    }
}

//! The map of places, drawn from their positions: a sheet with its degrees, a circle for each place, and names where they fit.

use kho_archive::place;
use serde_json::Value;

use super::{Places, line};
use crate::web::ways::Counted;

/// The sheet is so wide, and no higher or lower than this.
const WIDTH: f64 = 760.0;
const HEIGHT: (f64, f64) = (420.0, 820.0);

/// Nothing but its frame stands so near to the edge.
const MARGIN: f64 = 84.0;

/// Fewer degrees than these are not spread over a sheet: a single village would fill it.
const LEAST: f64 = 0.12;

/// How large circles are.
const RADIUS: (f64, f64) = (15.0, 28.0);

/// The size of names on a screen, and on a telephone, where the whole sheet is drawn at half its size.
const LETTERS: [f64; 2] = [26.0, 16.0];

/// Kilometres in a degree of latitude.
const KILOMETRES: f64 = 111.2;

/// Positions are told no finer than this part of a degree: a map for everyone leads to a village, not to a door.
const FINEST: f64 = 100.0;

/// A map. All numbers are those of the drawing.
pub(super) struct Map {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) meridians: Vec<Degree>,
    pub(super) parallels: Vec<Degree>,
    pub(super) marks: Vec<Mark>,
    pub(super) scale: Scale,
}

/// A line of the graticule.
pub(super) struct Degree {
    place: f64,
    pub(super) at: String,
    pub(super) label: String,
}

/// A place on the map.
pub(super) struct Mark {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) count: u64,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) radius: String,
    pub(super) name: Option<Name>,
}

/// Where the name of a place is written.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) class: String,
}

/// How long some kilometres are.
pub(super) struct Scale {
    long: f64,
    pub(super) length: String,
    pub(super) kilometres: String,
}

/// From degrees to the drawing.
struct Projection {
    west: f64,
    north: f64,
    /// The drawing's units in a degree of latitude, and of longitude.
    per_degree: (f64, f64),
    left: f64,
    top: f64,
}

/// Something that takes room.
#[derive(Clone, Copy)]
struct Room {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Map {
    /// Returns the map of the places of today; `None` if nobody recorded where any of them is.
    pub(super) fn of(places: &Places<'_>) -> Option<Self> {
        let standing = places.things.values().filter(|thing| !place::has_ended(&thing.record));
        let mut placed: Vec<(&Counted, (f64, f64))> = standing.filter_map(|thing| Some((thing, position(thing)?))).collect();
        // Small circles are drawn over large ones.
        placed.sort_by_key(|(thing, _)| std::cmp::Reverse(thing.count));
        let (projection, height) = Projection::of(&placed.iter().map(|(_, position)| *position).collect::<Vec<_>>())?;
        let most = placed.first().map_or(1, |(thing, _)| thing.count.max(1)) as f64;
        let circles: Vec<(f64, f64, f64)> = placed
            .iter()
            .map(|(thing, position)| {
                let (x, y) = projection.at(*position);
                (x, y, RADIUS.0 + (RADIUS.1 - RADIUS.0) * (thing.count as f64 / most).sqrt())
            })
            .collect();
        let mut taken: Vec<Room> = circles.iter().map(|(x, y, radius)| Room::around(*x, *y, *radius)).collect();
        let (step, scale) = (projection.step(), projection.scale());
        let (meridians, parallels) = (projection.meridians(step), projection.parallels(step, height));
        // The scale and the degrees keep their room, in the letters of a telephone.
        taken.push(Room { left: WIDTH - 40.0 - scale.long, top: height - 72.0, right: WIDTH, bottom: height });
        taken.extend(parallels.iter().map(|line| Room { left: 0.0, top: line.place - 28.0, right: 90.0, bottom: line.place }));
        let mut marks = Vec::new();
        for ((thing, _), circle) in placed.iter().zip(&circles) {
            let name = name(&places.name(&thing.record), *circle, height, &mut taken);
            let line = line(places.reader, "place", thing, Vec::new());
            let (x, y, radius) = (short(circle.0), short(circle.1), short(circle.2));
            marks.push(Mark { href: line.href, title: line.title, count: line.count, x, y, radius, name });
        }
        Some(Self { width: WIDTH, height, meridians, parallels, marks, scale })
    }
}

impl Degree {
    fn of(place: f64, degrees: f64) -> Self {
        Self { place, at: short(place), label: degrees_and_minutes(degrees) }
    }
}

impl Projection {
    /// Returns the projection in which all positions have room, and how high the sheet is.
    fn of(positions: &[(f64, f64)]) -> Option<(Self, f64)> {
        let extent = |all: &mut dyn Iterator<Item = f64>| {
            let (least, most) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| (least.min(one), most.max(one)));
            let more = (LEAST - (most - least)).max(0.0) / 2.0;
            (least - more, most + more)
        };
        if positions.is_empty() {
            return None;
        }
        let (south, north) = extent(&mut positions.iter().map(|(latitude, _)| *latitude));
        let (west, east) = extent(&mut positions.iter().map(|(_, longitude)| *longitude));
        // Near enough where a province is as large as the sheet: degrees of longitude are shorter by the cosine of the latitude.
        let shrink = ((north + south) / 2.0).to_radians().cos().max(0.1);
        let (wide, high) = ((east - west) * shrink, north - south);
        let per_degree = ((WIDTH - 2.0 * MARGIN) / wide).min((HEIGHT.1 - 2.0 * MARGIN) / high);
        let height = (high * per_degree + 2.0 * MARGIN).max(HEIGHT.0);
        let (left, top) = ((WIDTH - wide * per_degree) / 2.0, (height - high * per_degree) / 2.0);
        Some((Self { west, north, per_degree: (per_degree, per_degree * shrink), left, top }, height))
    }

    fn at(&self, (latitude, longitude): (f64, f64)) -> (f64, f64) {
        (self.left + (longitude - self.west) * self.per_degree.1, self.top + (self.north - latitude) * self.per_degree.0)
    }

    /// How many degrees lie between two lines of the graticule.
    fn step(&self) -> f64 {
        let steps = [1.0 / 60.0, 1.0 / 30.0, 1.0 / 12.0, 1.0 / 6.0, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
        steps.into_iter().find(|step| step * self.per_degree.1 >= 110.0).unwrap_or(30.0)
    }

    fn meridians(&self, step: f64) -> Vec<Degree> {
        let longitude = |x: f64| self.west + (x - self.left) / self.per_degree.1;
        let lines = multiples(longitude(0.0), longitude(WIDTH), step);
        lines.map(|degrees| Degree::of(self.at((self.north, degrees)).0, degrees)).collect()
    }

    fn parallels(&self, step: f64, height: f64) -> Vec<Degree> {
        let latitude = |y: f64| self.north - (y - self.top) / self.per_degree.0;
        let lines = multiples(latitude(height), latitude(0.0), step);
        lines.map(|degrees| Degree::of(self.at((degrees, self.west)).1, degrees)).collect()
    }

    fn scale(&self) -> Scale {
        let per_kilometre = self.per_degree.0 / KILOMETRES;
        let lengths = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
        let kilometres = lengths.into_iter().find(|kilometres| kilometres * per_kilometre >= 90.0).unwrap_or(1000.0);
        let long = kilometres * per_kilometre;
        Scale { long, length: short(long), kilometres: format!("{kilometres:.0}") }
    }
}

impl Room {
    fn around(x: f64, y: f64, radius: f64) -> Self {
        Self { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn is_on(&self, height: f64) -> bool {
        self.left > 12.0 && self.right < WIDTH - 12.0 && self.top > 12.0 && self.bottom < height - 44.0
    }
}

/// Finds room for a name beside its circle: in letters for a telephone, else in smaller ones that only a screen shows.
fn name(text: &str, (x, y, radius): (f64, f64, f64), height: f64, taken: &mut Vec<Room>) -> Option<Name> {
    for (place, letters) in LETTERS.into_iter().enumerate() {
        let (wide, high) = (text.chars().count() as f64 * letters * 0.56, letters * 1.1);
        let beside = [
            ("start", x + radius + 5.0, y, x + radius + 5.0),
            ("end", x - radius - 5.0, y, x - radius - 5.0 - wide),
            ("middle", x, y - radius - 4.0 - high / 2.0, x - wide / 2.0),
            ("middle", x, y + radius + 4.0 + high / 2.0, x - wide / 2.0),
        ];
        for (side, at, middle, left) in beside {
            let room = Room { left, top: middle - high / 2.0, right: left + wide, bottom: middle + high / 2.0 };
            if room.is_on(height) && !taken.iter().any(|other| other.meets(&room)) {
                taken.push(room);
                let class = if place == 0 { format!("name {side}") } else { format!("name {side} wide-only") };
                return Some(Name { text: text.to_owned(), x: short(at), y: short(middle), class });
            }
        }
    }
    None
}

/// Where a place is, in degrees.
fn position(thing: &Counted) -> Option<(f64, f64)> {
    let position = thing.record.fields.get("position")?;
    let degrees = |name: &str| position.get(name).and_then(Value::as_f64).map(|degrees| (degrees * FINEST).round() / FINEST);
    let (latitude, longitude) = (degrees("lat")?, degrees("lon")?);
    (latitude.abs() < 85.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

/// The multiples of a step between two numbers.
fn multiples(least: f64, most: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (least / step).ceil() as i64;
    let last = (most / step).floor() as i64;
    (first..=last).map(move |number| number as f64 * step)
}

fn degrees_and_minutes(degrees: f64) -> String {
    let minutes = (degrees.abs() * 60.0).round() as i64;
    let sign = if degrees < 0.0 { "−" } else { "" };
    format!("{sign}{}°{:02}′", minutes / 60, minutes % 60)
}

/// A number of the drawing.
fn short(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn north_is_up_and_everything_has_room() {
        let positions = [(20.70, 106.11), (20.99, 106.09), (20.43, 106.46)];
        let (projection, height) = Projection::of(&positions).unwrap();
        let all: Vec<(f64, f64)> = positions.iter().map(|position| projection.at(*position)).collect();
        assert!(all.iter().all(|(x, y)| (MARGIN - 1.0..=WIDTH - MARGIN + 1.0).contains(x) && (MARGIN - 1.0..=height - MARGIN + 1.0).contains(y)));
        assert!(all[1].1 < all[0].1 && all[0].1 < all[2].1 && all[2].0 > all[0].0);
        assert!((2..=7).contains(&projection.parallels(projection.step(), height).len()));
        assert!(Projection::of(&[]).is_none());
        let (alone, _) = Projection::of(&positions[..1]).unwrap();
        assert!(alone.per_degree.0.is_finite(), "a single place stands in the middle");
    }

    #[test]
    fn names_never_meet() {
        let mut taken = vec![Room::around(300.0, 300.0, 20.0), Room::around(420.0, 300.0, 20.0)];
        let first = name("Hoàng Hoa Thám", (300.0, 300.0, 20.0), 600.0, &mut taken);
        let second = name("Nguyễn Văn Linh", (420.0, 300.0, 20.0), 600.0, &mut taken);
        assert!(first.is_some_and(|name| name.class == "name end") && second.is_some_and(|name| name.class.starts_with("name start")));
        for (place, one) in taken.iter().enumerate() {
            assert!(taken[..place].iter().all(|other| !one.meets(other)));
        }
    }

    #[test]
    fn degrees_are_written_with_minutes() {
        assert_eq!(
            (degrees_and_minutes(20.75), degrees_and_minutes(106.0), degrees_and_minutes(-0.5)),
            ("20°45′".into(), "106°00′".into(), "−0°30′".into())
        );
    }
}

//! Scans of a task: rays from a body or site, whose numbers the task's expressions read.

use super::cameras::is_plain;
use super::error::SceneError;
use super::library::Scene;
use super::mistakes::Mistakes;
use super::randomize::resolve;
use super::sight_file::{AlignFile, GivesFile, PatternFile, ScanFile};
use super::source_map::{Entry, Text};
use super::task_file::TaskFile;
use crate::diagnostic::Location;
use crate::math::lanes::{Isa, Lanes, sin_cos};
use crate::math::spatial::{V3, add3};
use crate::model::Model;
use crate::physics::is_visible;
use crate::sight::{
    Align, Mount, Pattern, Pose, RayScene, ScanOutput, ScanSpec, Scanner, SightError,
};
use std::sync::Arc;

/// Most rays of all scans of a task: each is a number of its program.
const MOST_RAYS: usize = 1 << 16;

/// A scan of a task.
#[derive(Clone, Debug)]
pub(super) struct TaskScan {
    pub name: String,
    pub n_rays: usize,
    /// Where it stands in the task file.
    pub location: Option<Location>,
    spec: ScanSpec,
    /// Subtracted from heights [m].
    height_offset: f64,
    /// The numbers stay within [m].
    clip: (f64, f64),
}

impl TaskScan {
    /// What a number of a scanner is for the task.
    fn value(&self, told: f64) -> f64 {
        let value = match self.spec.gives {
            // A scanner tells how high the ground is above the body.
            ScanOutput::Heights => -told - self.height_offset,
            ScanOutput::Distances => told,
        };
        value.clamp(self.clip.0, self.clip.1)
    }

    /// What its rays are.
    pub(super) fn spec(&self) -> &ScanSpec {
        &self.spec
    }

    /// What expressions call its rays, one by one.
    pub(super) fn rays(&self) -> Vec<String> {
        (0..self.n_rays).map(|ray| format!("{}[{ray}]", self.name)).collect()
    }
}

/// The scans of a task file; what is wrong with any is noted, and what reads it is not judged.
pub(super) fn compile(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> Vec<TaskScan> {
    let mut scans: Vec<TaskScan> = Vec::new();
    for (number, scan) in file.scans.iter().enumerate() {
        let entry = ("scans", number);
        let mut found = Vec::new();
        if let Some(message) = unfit_name(&scan.name, file, &scans) {
            found.push(text.error_in(entry, &scan.name, message));
        }
        let mount = mount(scan, entry, text, model).map_err(|error| found.push(error)).ok();
        let said = |message: String| format!("scan \"{}\": {message}", scan.name);
        found.extend(unfit_numbers(scan).map(|message| text.error_of(entry, said(message))));
        let n_before = scans.iter().map(|scan| scan.n_rays).sum();
        let rays = rays(scan, n_before);
        if let Err(message) = &rays {
            found.push(text.error_of(entry, said(message.clone())));
        }
        let against = mount.map(|mount| against(scan, mount, file, (text, mistakes), entry, model));
        match (found.is_empty(), mount, rays, against) {
            (true, Some(mount), Ok(rays), Some(Ok(against))) => {
                let it = task_scan(scan, mount, rays, against);
                scans.push(TaskScan { location: Some(text.location(entry)), ..it });
            }
            (_, _, _, against) => {
                let message = against.and_then(Result::err);
                found.extend(message.map(|message| text.error_of(entry, said(message))));
                mistakes.lose(&scan.name);
            }
        }
        found.into_iter().for_each(|error| mistakes.note(error));
    }
    scans
}

fn task_scan(
    scan: &ScanFile,
    mount: Mount,
    rays: Vec<(V3<f64>, V3<f64>)>,
    against: Vec<usize>,
) -> TaskScan {
    let is_grid = matches!(scan.pattern, PatternFile::Grid { .. });
    let align = scan.align.unwrap_or(if is_grid { AlignFile::Yaw } else { AlignFile::Base });
    TaskScan {
        name: scan.name.clone(),
        n_rays: rays.len(),
        location: None,
        spec: ScanSpec {
            mount,
            pattern: Pattern::Rays(rays),
            align: match align {
                AlignFile::Base => Align::Full,
                AlignFile::Yaw => Align::Yaw,
                AlignFile::World => Align::World,
            },
            gives: match gives(scan) {
                GivesFile::Height => ScanOutput::Heights,
                GivesFile::Distance => ScanOutput::Distances,
            },
            range: scan.max_distance,
            against: Some(against),
        },
        height_offset: scan.height_offset,
        clip: scan.clip.unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
    }
}

/// What the numbers of a scan are.
fn gives(scan: &ScanFile) -> GivesFile {
    scan.gives.unwrap_or(match scan.pattern {
        PatternFile::Grid { .. } => GivesFile::Height,
        PatternFile::Lidar { .. } => GivesFile::Distance,
    })
}

/// Why a scan cannot be called so, beside others.
fn unfit_name(name: &str, file: &TaskFile, others: &[TaskScan]) -> Option<String> {
    if others.iter().any(|other| other.name == name) {
        return Some(format!("there are two scans named \"{name}\"; rename one"));
    }
    if file.groups.iter().any(|(group, _)| group == name) {
        return Some(format!("there is a group named \"{name}\" too; rename one"));
    }
    let reason = match name {
        "it" => "that is the member of a group",
        name if !is_plain(name) => "write letters, digits, `_` and `-`",
        _ => return None,
    };
    Some(format!("a scan cannot be named \"{name}\": {reason}"))
}

/// What a scan is fixed to.
fn mount(
    scan: &ScanFile,
    entry: Entry<'_>,
    text: &Text<'_>,
    model: &Model,
) -> Result<Mount, SceneError> {
    let find = |kind: &str, name: &String, known: Vec<&str>| {
        let found = known.iter().position(|it| it == name);
        found.ok_or_else(|| text.unknown(entry, kind, name, known.into_iter()))
    };
    match (&scan.body, &scan.site) {
        (Some(name), None) => {
            let known = model.bodies.iter().map(|it| it.name.as_str()).collect();
            find("body", name, known).map(Mount::Body)
        }
        (None, Some(name)) => {
            let known = model.sites.iter().map(|it| it.name.as_str()).collect();
            find("site", name, known).map(Mount::Site)
        }
        _ => {
            let message = format!(
                "scan \"{}\" is fixed to a body or to a site: write `body: \"...\"` or `site: \"...\"`",
                scan.name
            );
            Err(text.error_of(entry, message))
        }
    }
}

/// What is wrong with the numbers of a scan beside its pattern.
fn unfit_numbers(scan: &ScanFile) -> impl Iterator<Item = String> {
    let (x, y, z) = scan.offset;
    let is_height = gives(scan) == GivesFile::Height;
    let is_ordered = |(low, high): (f64, f64)| low <= high;
    let checks = [
        (
            scan.max_distance > 0.0 && scan.max_distance.is_finite(),
            format!("a `max_distance` of {} m: it is finite and above 0", scan.max_distance),
        ),
        (
            [x, y, z].iter().all(|x| x.is_finite()),
            format!("an `offset` of ({x}, {y}, {z}) m: all numbers are finite"),
        ),
        (
            scan.height_offset.is_finite(),
            format!("a `height_offset` of {} m: it is finite", scan.height_offset),
        ),
        (
            is_height || scan.height_offset == 0.0,
            "`height_offset` is taken from heights, and it gives distances: leave it out"
                .to_owned(),
        ),
        (
            scan.clip.is_none_or(is_ordered),
            format!("a `clip` of {:?} m: it is (low, high)", scan.clip.unwrap_or_default()),
        ),
    ];
    checks.into_iter().filter(|(is_sound, _)| !is_sound).map(|(_, message)| message)
}

/// Origins [m] and unit directions, or what is wrong with the pattern. So many rays are those of scans before.
fn rays(scan: &ScanFile, n_before: usize) -> Result<Vec<(V3<f64>, V3<f64>)>, String> {
    let (n_rays, rays) = match scan.pattern {
        PatternFile::Grid { size, resolution } => {
            // A step more fits if all but rounding of it does.
            let along = |side: f64| (side / resolution + 1e-6).floor() + 1.0;
            let pattern = Pattern::Grid { size: [size.0, size.1], step: resolution };
            (along(size.0) * along(size.1), pattern)
        }
        PatternFile::Lidar { channels, .. } => {
            let azimuths = n_azimuths(&scan.pattern)?;
            (channels as f64 * azimuths, Pattern::Rays(Vec::new()))
        }
    };
    // The step of a grid that is no number or endless is told as such.
    let is_lidar = matches!(scan.pattern, PatternFile::Lidar { .. });
    if n_rays + n_before as f64 > MOST_RAYS as f64 && (is_lidar || n_rays.is_finite()) {
        return Err(format!(
            "{n_rays} rays: there are at most {MOST_RAYS} in all scans together; take fewer"
        ));
    }
    let rays = match &scan.pattern {
        PatternFile::Grid { .. } => rays.rays().map_err(|error: SightError| error.to_string())?,
        lidar @ PatternFile::Lidar { .. } => beams(lidar),
    };
    let (x, y, z) = scan.offset;
    Ok(rays.into_iter().map(|(from, along)| (add3(from, [x, y, z]), along)).collect())
}

/// How many azimuths a lidar has, or what is wrong with it.
fn n_azimuths(pattern: &PatternFile) -> Result<f64, String> {
    let &PatternFile::Lidar { channels, vertical_fov, horizontal_fov, horizontal_resolution } =
        pattern
    else {
        return Ok(0.0);
    };
    let lies = |(low, high): (f64, f64), most: f64| -most <= low && low <= high && high <= most;
    if channels == 0 {
        return Err("a lidar of 0 channels casts no rays: there are 1 or more".to_owned());
    }
    if !lies(vertical_fov, 90.0) {
        let wanted = "(low, high) within -90 to 90 degrees";
        return Err(format!("a `vertical_fov` of {vertical_fov:?}: it is {wanted}"));
    }
    if !lies(horizontal_fov, 360.0) || horizontal_fov.1 - horizontal_fov.0 > 360.0 {
        let wanted = "(low, high) of at most 360 degrees together";
        return Err(format!("a `horizontal_fov` of {horizontal_fov:?}: it is {wanted}"));
    }
    if !(horizontal_resolution > 0.0 && horizontal_resolution.is_finite()) {
        let message = "a `horizontal_resolution` of";
        return Err(format!("{message} {horizontal_resolution} degrees: it is above 0"));
    }
    let span = horizontal_fov.1 - horizontal_fov.0;
    let steps = (span / horizontal_resolution - 1e-6).ceil().max(0.0);
    // All round the last one would be the first again.
    Ok(if span == 360.0 { steps.max(1.0) } else { steps + 1.0 })
}

/// The unit directions of a lidar that is sound, channel by channel from the lowest, each from the first azimuth on
/// (Isaac Lab's `lidar_pattern`).
fn beams(lidar: &PatternFile) -> Vec<(V3<f64>, V3<f64>)> {
    let &PatternFile::Lidar { channels, vertical_fov, horizontal_fov, .. } = lidar else {
        return Vec::new();
    };
    let n = n_azimuths(lidar).unwrap_or(0.0) as usize;
    let is_round = horizontal_fov.1 - horizontal_fov.0 == 360.0;
    let between = |(low, high): (f64, f64), i: usize, steps: usize| {
        let part = if steps == 0 { 0.0 } else { i as f64 / steps as f64 };
        sin_cos((low + (high - low) * part).to_radians())
    };
    let beam = |channel: usize, azimuth: usize| {
        let (up, across) = between(vertical_fov, channel, channels - 1);
        let (sin, cos) = between(horizontal_fov, azimuth, if is_round { n } else { n - 1 });
        ([0.0; 3], [across * cos, across * sin, up])
    };
    (0..channels).flat_map(|channel| (0..n).map(move |azimuth| beam(channel, azimuth))).collect()
}

/// The geoms that the rays of a scan meet, or why there are none.
fn against(
    scan: &ScanFile,
    mount: Mount,
    file: &TaskFile,
    (text, mistakes): (&Text<'_>, &mut Mistakes),
    entry: Entry<'_>,
    model: &Model,
) -> Result<Vec<usize>, String> {
    let is_seen = |geom: usize| model.geoms[geom].rgba[3] > 0.0 && is_visible(model, geom);
    if !scan.against.is_empty() {
        let known: Vec<&str> = model.geoms.iter().map(|it| it.name.as_str()).collect();
        let geoms = resolve(file, (text, mistakes), entry, "geom", &scan.against, &known);
        return match geoms.iter().find(|geom| !is_seen(**geom)) {
            Some(&geom) => Err(format!(
                "geom \"{}\" is wholly transparent, and rays go through it; give it an alpha above 0",
                known[geom]
            )),
            None => Ok(geoms),
        };
    }
    let body = match mount {
        Mount::Body(body) => body,
        Mount::Site(site) => model.sites[site].bodyid,
    };
    // What does not move is no robot.
    let robot = Some(model.bodies[body].rootid).filter(|root| *root != 0);
    let is_own = |geom: usize| Some(model.bodies[model.geoms[geom].bodyid].rootid) == robot;
    let geoms: Vec<usize> =
        (0..model.geoms.len()).filter(|&geom| is_seen(geom) && !is_own(geom)).collect();
    match geoms.is_empty() {
        true => Err(
            "there is nothing but the robot itself for its rays to meet; name geoms in `against`"
                .to_owned(),
        ),
        false => Ok(geoms),
    }
}

/// The scanners of a scene's scans, in their order.
pub(super) fn scanners(
    scene: &Scene,
    stage: &Arc<RayScene>,
    isa: Isa,
) -> Result<Arc<[Scanner]>, SceneError> {
    let scanner = |scan: &TaskScan| {
        Scanner::new(stage.clone(), scan.spec.clone(), isa).map_err(|error| SceneError::Scan {
            scene: scene.name.clone(),
            scan: scan.name.clone(),
            cause: Box::new(error),
        })
    };
    scene.task.scans.iter().map(scanner).collect()
}

/// What a shard scans with.
pub(super) struct Scans<L> {
    scanners: Arc<[Scanner]>,
    /// Of one environment, one scan.
    row: Vec<f32>,
    /// The numbers of all scans, one scan after the other, shape (n_rays,).
    pub values: Vec<L>,
}

impl<L: Lanes> Scans<L> {
    pub(super) fn new(scanners: Arc<[Scanner]>) -> Self {
        let n_rays = scanners.iter().map(Scanner::len).sum();
        Self { scanners, row: Vec::new(), values: vec![L::zero(); n_rays] }
    }

    /// What the scans tell of a lane in this pose. Where a body is nowhere that is no number.
    pub(super) fn cast(&mut self, scans: &[TaskScan], pose: &Pose, lane: usize) {
        let is_somewhere = pose.is_finite();
        let mut first = 0;
        for (scan, scanner) in scans.iter().zip(self.scanners.iter()) {
            self.row.resize(scan.n_rays, 0.0);
            match is_somewhere {
                true => scanner.scan(std::slice::from_ref(pose), &mut self.row),
                false => self.row.fill(f32::NAN),
            }
            for (value, &told) in self.values[first..].iter_mut().zip(&self.row) {
                value.set_lane(lane, scan.value(f64::from(told)));
            }
            first += scan.n_rays;
        }
    }
}

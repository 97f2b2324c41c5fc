//! Cameras and scans of a task.

use super::Reader;
use crate::diagnostic::nearest;
use crate::scene::sight_file::{
    AlignFile, CameraFile, GivesFile, NoiseFile, PatternFile, PoseFile, ScanFile, SeesFile,
};
use crate::scene::task_outline::{Form, Piece};

impl Reader {
    pub(super) fn camera(&mut self, entry: &Piece) -> Option<CameraFile> {
        let known = [
            ("name", true),
            ("camera", false),
            ("pose", false),
            ("size", false),
            ("sees", false),
            ("stack", false),
            ("samples", false),
            ("range", false),
            ("noise", false),
        ];
        let fields = self.fields(entry, "a camera", &known)?;
        let name = fields.get("name").and_then(|it| self.text(it, "`name`"));
        let camera = fields.get("camera").and_then(|it| self.option(it));
        let camera = camera.and_then(|it| self.text(it, "`camera`"));
        let pose = fields.get("pose").and_then(|it| self.option(it));
        let is_placed = pose.is_some();
        let pose = pose.and_then(|it| self.pose(it));
        let size = fields.get("size").and_then(|it| self.pixels(it));
        let sees = fields.get("sees").map(|piece| self.sees(piece));
        let stack = fields.get("stack").and_then(|it| self.count(it, "`stack`"));
        let samples = fields.get("samples").and_then(|it| self.option(it));
        let samples = samples.and_then(|it| self.count(it, "`samples`"));
        let range = fields.get("range").and_then(|it| self.pair(it, "`range`"));
        let noise = fields.get("noise").and_then(|it| self.option(it));
        let noise = noise.and_then(|it| self.noise(it));
        // Without its pose it would be sought in the model.
        if is_placed && pose.is_none() {
            return None;
        }
        Some(CameraFile {
            name: name?,
            camera,
            pose,
            size: size.unwrap_or_else(CameraFile::size),
            sees: sees.unwrap_or_default(),
            stack: stack.map_or(1, |n| n as usize),
            samples: samples.map(|n| n as usize),
            range: range.unwrap_or_else(CameraFile::range),
            noise,
        })
    }

    fn pose(&mut self, piece: &Piece) -> Option<PoseFile> {
        let known = [("body", false), ("pos", true), ("target", true), ("fovy", false)];
        let fields = self.fields(piece, "`pose`", &known)?;
        let body = fields.get("body").and_then(|it| self.option(it));
        let body = body.and_then(|it| self.text(it, "`body`"));
        let pos = fields.get("pos").and_then(|it| self.triple(it, "`pos`"));
        let target = fields.get("target").and_then(|it| self.triple(it, "`target`"));
        let fovy = fields.get("fovy").and_then(|it| self.number(it, "`fovy`"));
        Some(PoseFile {
            body,
            pos: pos?,
            target: target?,
            fovy: fovy.unwrap_or_else(PoseFile::fovy),
        })
    }

    fn noise(&mut self, piece: &Piece) -> Option<NoiseFile> {
        let known = [("levels", false), ("depth", false), ("dropout", false)];
        let fields = self.fields(piece, "`noise`", &known)?;
        let levels = fields.get("levels").and_then(|it| self.number(it, "`levels`"));
        let depth = fields.get("depth").and_then(|it| self.triple(it, "`depth`"));
        let dropout = fields.get("dropout").and_then(|it| self.number(it, "`dropout`"));
        Some(NoiseFile {
            levels: levels.unwrap_or_default(),
            depth: depth.unwrap_or_default(),
            dropout: dropout.unwrap_or_default(),
        })
    }

    fn pixels(&mut self, piece: &Piece) -> Option<(usize, usize)> {
        let (width, height) = self.pair(piece, "`size`")?;
        if [width, height].iter().all(|n| n.fract() == 0.0 && *n >= 0.0) {
            return Some((width as usize, height as usize));
        }
        let message = "`size` must be two whole numbers: (width, height)".to_owned();
        self.fault(piece.span.start, message);
        None
    }

    fn sees(&mut self, piece: &Piece) -> SeesFile {
        const KINDS: [(&str, SeesFile); 3] =
            [("Gray", SeesFile::Gray), ("Rgb", SeesFile::Rgb), ("Depth", SeesFile::Depth)];
        self.one_of(piece, "`sees`", &KINDS).unwrap_or_default()
    }

    pub(super) fn scan(&mut self, entry: &Piece) -> Option<ScanFile> {
        const ALIGN: [(&str, AlignFile); 3] =
            [("Base", AlignFile::Base), ("Yaw", AlignFile::Yaw), ("World", AlignFile::World)];
        const GIVES: [(&str, GivesFile); 2] =
            [("Height", GivesFile::Height), ("Distance", GivesFile::Distance)];
        let known = [
            ("name", true),
            ("body", false),
            ("site", false),
            ("pattern", true),
            ("offset", false),
            ("align", false),
            ("gives", false),
            ("height_offset", false),
            ("clip", false),
            ("max_distance", false),
            ("against", false),
        ];
        let fields = self.fields(entry, "a scan", &known)?;
        let name = fields.get("name").and_then(|it| self.text(it, "`name`"));
        let pattern = fields.get("pattern").and_then(|it| self.pattern(it));
        let mut option = |name: &str| fields.get(name).and_then(|it| self.option(it));
        let [body, site, align, gives, clip] =
            ["body", "site", "align", "gives", "clip"].map(&mut option);
        let body = body.and_then(|it| self.text(it, "`body`"));
        let site = site.and_then(|it| self.text(it, "`site`"));
        let align = align.and_then(|it| self.one_of(it, "`align`", &ALIGN));
        let gives = gives.and_then(|it| self.one_of(it, "`gives`", &GIVES));
        let clip = clip.and_then(|it| self.pair(it, "`clip`"));
        let offset = fields.get("offset").and_then(|it| self.triple(it, "`offset`"));
        let mut number =
            |name: &str| fields.get(name).and_then(|it| self.number(it, &format!("`{name}`")));
        let (height_offset, max_distance) = (number("height_offset"), number("max_distance"));
        let against = fields
            .get("against")
            .and_then(|it| self.list(it, "`against`", |it, name| it.text(name, "a name")));
        // What reads it is not judged.
        let (Some(name), Some(pattern)) = (&name, pattern) else {
            self.lost.push(name.unwrap_or_else(|| "scan".to_owned()));
            return None;
        };
        Some(ScanFile {
            name: name.clone(),
            body,
            site,
            pattern,
            offset: offset.unwrap_or_default(),
            align,
            gives,
            height_offset: height_offset.unwrap_or_default(),
            clip,
            max_distance: max_distance.unwrap_or_else(ScanFile::max_distance),
            against: against.unwrap_or_default(),
        })
    }

    fn pattern(&mut self, piece: &Piece) -> Option<PatternFile> {
        let expected = "Grid(size: (1.6, 1.0), resolution: 0.1) or Lidar(channels: 16, vertical_fov: (-15, \
                        15), horizontal_resolution: 1)";
        let Form::Group { name: Some(name), .. } = &piece.form else {
            return self.wrong(piece, "`pattern`", expected);
        };
        match name.as_str() {
            "Grid" => {
                let known = [("size", true), ("resolution", true)];
                let fields = self.fields(piece, "`Grid`", &known)?;
                let size = fields.get("size").and_then(|it| self.pair(it, "`size`"));
                let step = fields.get("resolution");
                let resolution = step.and_then(|it| self.number(it, "`resolution`"));
                Some(PatternFile::Grid { size: size?, resolution: resolution? })
            }
            "Lidar" => {
                let known = [
                    ("channels", true),
                    ("vertical_fov", true),
                    ("horizontal_fov", false),
                    ("horizontal_resolution", true),
                ];
                let fields = self.fields(piece, "`Lidar`", &known)?;
                let channels = fields.get("channels").and_then(|it| self.count(it, "`channels`"));
                let mut fov = |name: &str| {
                    fields.get(name).and_then(|it| self.pair(it, &format!("`{name}`")))
                };
                let (vertical_fov, horizontal_fov) = (fov("vertical_fov"), fov("horizontal_fov"));
                let step = fields.get("horizontal_resolution");
                let step = step.and_then(|it| self.number(it, "`horizontal_resolution`"));
                Some(PatternFile::Lidar {
                    channels: channels? as usize,
                    vertical_fov: vertical_fov?,
                    horizontal_fov: horizontal_fov.unwrap_or_else(PatternFile::all_round),
                    horizontal_resolution: step?,
                })
            }
            _ => {
                let near = nearest(name, ["Grid", "Lidar"]);
                let remedy = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                self.fault(piece.span.start, format!("`pattern` must be {expected}{remedy}"));
                None
            }
        }
    }
}

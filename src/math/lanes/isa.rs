//! Which instructions the machine has.

/// How the lanes of a batch are laid out, widest first. There is a value of a layout only where the machine can run
/// it: those that need more than every machine has hold a proof that only [`Isa::available`] gives.
///
/// ```
/// use dnne::math::lanes::Isa;
/// let isa = Isa::detect();
/// assert_eq!(isa.width() == 16, matches!(isa, Isa::Avx512(_)));
/// ```
///
/// So a program cannot run instructions that are not there. It cannot make the proof,
///
/// ```compile_fail,E0423
/// use dnne::math::lanes::{HasAvx512, Isa};
/// let isa = Isa::Avx512(HasAvx512(()));
/// ```
///
/// nor name the lanes themselves:
///
/// ```compile_fail,E0603
/// use dnne::math::lanes::{F32x16, Lanes};
/// let sum = F32x16::splat(1.0) + F32x16::splat(2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// 16 lanes of f32 (AVX-512).
    Avx512(HasAvx512),
    /// 8 lanes of f32 (AVX2 with FMA).
    Avx2(HasAvx2),
    /// 4 lanes of f32 that any compiler target has (SSE2, NEON).
    Portable,
    /// The f64 reference, one lane.
    Reference,
}

/// Proof that the machine has AVX-512, with its parts F, DQ and VL, and what [`HasAvx2`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasAvx512(());

/// Proof that the machine has AVX2 and FMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasAvx2(());

impl HasAvx512 {
    fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if HasAvx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            return Some(Self(()));
        }
        None
    }
}

impl HasAvx2 {
    fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Some(Self(()));
        }
        None
    }
}

impl Isa {
    /// The widest instruction set of this machine.
    pub fn detect() -> Self {
        Self::available()[0]
    }

    /// Every layout that this machine can run, widest first.
    pub fn available() -> Vec<Self> {
        let widest = HasAvx512::detect().map(Self::Avx512);
        let wide = HasAvx2::detect().map(Self::Avx2);
        widest.into_iter().chain(wide).chain([Self::Portable, Self::Reference]).collect()
    }

    /// Environments in a block.
    pub fn width(self) -> usize {
        match self {
            Self::Avx512(_) => 16,
            Self::Avx2(_) => 8,
            Self::Portable => 4,
            Self::Reference => 1,
        }
    }

    /// A name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512(_) => "f32 x 16 (AVX-512)",
            Self::Avx2(_) => "f32 x 8 (AVX2)",
            Self::Portable => "f32 x 4 (portable)",
            Self::Reference => "f64 (reference)",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path, to: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, to);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                to.push(path);
            }
        }
    }

    /// Inside of the crate too: lanes that not every machine has are named only in that arm of a match on an `Isa` which
    /// holds the proof. `for_isa!` is such a match.
    #[test]
    fn wide_lanes_are_named_only_beside_their_proof() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut files, mut n_named) = (Vec::new(), 0);
        sources(&root, &mut files);
        for path in files.iter().filter(|path| !path.starts_with(root.join("math/lanes"))) {
            let text = std::fs::read_to_string(path).unwrap();
            for (i, line) in text.lines().enumerate() {
                for (lanes, proof) in
                    [("F32x16", "Isa::Avx512(_) =>"), ("F32x8", "Isa::Avx2(_) =>")]
                {
                    let is_named = line.contains(lanes) && !line.trim_start().starts_with("use ");
                    n_named += usize::from(is_named);
                    let place = format!("{}:{}", path.display(), i + 1);
                    assert!(
                        !is_named || line.contains(proof),
                        "{place} uses {lanes} without `{proof}`"
                    );
                }
            }
        }
        assert!(n_named > 8, "{n_named}");
    }
}

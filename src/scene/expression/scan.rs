//! Scans in expressions: one ray, all rays, and each ray of a group of them.

use super::ExpressionError;
use super::compile::Compiler;
use super::group::ELEMENT;
use super::program::{Op, Source};
use super::syntax::{Syntax, SyntaxKind};
use super::unknown::position;

impl Compiler<'_> {
    /// One ray: `scan(ground, 3)` or, of a group's member, `scan(it)`.
    pub(super) fn scan(
        &mut self,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<usize, ExpressionError> {
        if let Some(field) = field {
            let message = format!("a ray is a number, it has no component `{field}`");
            return Err(ExpressionError::new(syntax.span.clone(), message));
        }
        match args {
            [arg @ Syntax { kind: SyntaxKind::Name(name), .. }] => {
                let name = match &self.element {
                    Some(element) if name == ELEMENT => element.clone(),
                    _ => name.clone(),
                };
                match ray_of(&name) {
                    Some((scan, ray)) => self.ray(scan, ray, arg),
                    None => {
                        let n_rays = self.scans[self.scan_position(&name, arg)?].1;
                        let message = format!("these are {n_rays} numbers");
                        Err(ExpressionError::new(syntax.span.clone(), message).remedy(format!(
                            "take one: scan({name}, 0); all of them by sum({name}, scan(it)) and its like"
                        )))
                    }
                }
            }
            [
                arg @ Syntax { kind: SyntaxKind::Name(name), .. },
                Syntax { kind: SyntaxKind::Number(ray), .. },
            ] => self.ray(name, *ray, arg),
            _ => {
                let message = "scan() takes the name of a scan and the number of a ray";
                Err(ExpressionError::new(syntax.span.clone(), message)
                    .remedy("for example scan(ground, 0)"))
            }
        }
    }

    /// Adds an output for each ray where an expression is a whole scan, `scan(ground)`, and says how many; none
    /// where it is something else.
    pub(super) fn whole_scan(&mut self, syntax: &Syntax) -> Result<Option<usize>, ExpressionError> {
        let SyntaxKind::Call { function, args, field: None } = &syntax.kind else {
            return Ok(None);
        };
        let [arg @ Syntax { kind: SyntaxKind::Name(name), .. }] = &args[..] else {
            return Ok(None);
        };
        if function != "scan" || name == ELEMENT || ray_of(name).is_some() {
            return Ok(None);
        }
        let place = self.scan_position(name, arg)?;
        let (first, n_rays) = (self.first_ray(place), self.scans[place].1);
        for ray in 0..n_rays {
            let register = self.emit(Op::Load(Source::Scan(first + ray)));
            self.program.outputs.push(register);
        }
        Ok(Some(n_rays))
    }

    /// What the members of a group are called in the names of outputs: rays by their numbers.
    pub(super) fn short_names(&self, group: &str, members: Vec<String>) -> Vec<String> {
        match self.scans.iter().find(|(name, _)| *name == group) {
            Some((_, n_rays)) => (0..*n_rays).map(|ray| ray.to_string()).collect(),
            None => members,
        }
    }

    fn scan_position(&self, name: &str, arg: &Syntax) -> Result<usize, ExpressionError> {
        position(self.scans.iter().map(|(name, _)| *name), "scan", name, arg)
    }

    /// The place of a scan's first ray among those of all.
    fn first_ray(&self, place: usize) -> usize {
        self.scans[..place].iter().map(|(_, n_rays)| n_rays).sum()
    }

    fn ray(&mut self, name: &str, ray: f64, arg: &Syntax) -> Result<usize, ExpressionError> {
        let place = self.scan_position(name, arg)?;
        let n_rays = self.scans[place].1;
        if ray.fract() != 0.0 || !(0.0..n_rays as f64).contains(&ray) {
            let message = format!("scan `{name}` has {n_rays} rays, counted from 0");
            return Err(ExpressionError::new(arg.span.clone(), message));
        }
        let first = self.first_ray(place);
        Ok(self.emit(Op::Load(Source::Scan(first + ray as usize))))
    }
}

/// The scan and the number of a ray that is called `ground[3]`.
fn ray_of(name: &str) -> Option<(&str, f64)> {
    let (scan, ray) = name.strip_suffix(']')?.split_once('[')?;
    Some((scan, ray.parse::<u32>().ok()?.into()))
}

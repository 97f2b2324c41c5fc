//! Equality constraints, with the anchors and poses that hold at the reference position.

use super::names::find;
use super::reference::Placed;
use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::frames::{Pose, normalize, quat_conj, quat_mul};
use crate::model::spec::Spec;
use crate::model::spec_forces::{EqualityKind, EqualitySpec};
use crate::model::types::{Equality, EqualityType, JointType, Model};

pub(super) fn compile_equalities(
    spec: &Spec,
    placed: &[Placed],
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    for equality in &spec.equalities {
        let compiler = Lookup { model, origin: &equality.origin, sink };
        let Some(equality_type) = compiler.equality_type(equality, placed) else { continue };
        if !equality.base.active {
            let message =
                "it is not active at the start, and is left out: nothing can switch it on";
            let name = format!("inactive {} {}", equality.origin.line, equality.origin.column);
            sink.note_once(&name, &equality.origin, message);
            continue;
        }
        let bodies = match &equality_type {
            EqualityType::Connect { bodies, .. } | EqualityType::Weld { bodies, .. } => *bodies,
            EqualityType::Joint { .. } | EqualityType::Tendon { .. } => [usize::MAX; 2],
        };
        if bodies[0] != usize::MAX && bodies.iter().all(|body| !moves(model, *body)) {
            let message = "neither of its bodies moves: it is left out";
            sink.warning(&equality.origin, message, "remove it");
            continue;
        }
        model.equalities.push(Equality {
            name: equality.name.clone(),
            equality_type,
            solref: equality.base.solref,
            solimp: equality.base.solimp,
        });
    }
}

fn moves(model: &Model, mut body: usize) -> bool {
    while body > 0 {
        if model.bodies[body].dofnum > 0 {
            return true;
        }
        body = model.bodies[body].parentid;
    }
    false
}

struct Lookup<'a> {
    model: &'a Model,
    origin: &'a Origin,
    sink: &'a mut Diagnostics,
}

impl Lookup<'_> {
    fn equality_type(mut self, spec: &EqualitySpec, placed: &[Placed]) -> Option<EqualityType> {
        Some(match &spec.kind {
            EqualityKind::Connect { body1, body2, anchor } => {
                let bodies = self.bodies(body1, body2)?;
                let [one, other] = bodies.map(|body| placed[body].pose);
                let point = one.then(Pose { pos: *anchor, ..Pose::IDENTITY });
                let anchors = [*anchor, point.seen_from(other).pos];
                EqualityType::Connect { bodies, anchors }
            }
            EqualityKind::ConnectSites(sites) => {
                let [one, other] = self.sites(sites)?.map(|site| &self.model.sites[site]);
                EqualityType::Connect {
                    bodies: [one.bodyid, other.bodyid],
                    anchors: [one.pos, other.pos],
                }
            }
            EqualityKind::Weld { body1, body2, anchor, relpose, torque } => {
                let bodies = self.bodies(body1, body2)?;
                let [one, other] = bodies.map(|body| placed[body].pose);
                let [x, y, z, quat @ ..] = *relpose;
                let point = other.then(Pose { pos: *anchor, ..Pose::IDENTITY });
                let (relpos, relquat) = if quat == [0.0; 4] {
                    (point.seen_from(one).pos, other.seen_from(one).quat)
                } else if let Some((quat, _)) = normalize(quat) {
                    ([x, y, z], quat)
                } else {
                    let message = "the rotation of relpose has no direction";
                    self.sink.error(self.origin, message, "write a quaternion, or four zeros");
                    return None;
                };
                let torquescale = *torque;
                EqualityType::Weld { bodies, anchor: *anchor, relpos, relquat, torquescale }
            }
            EqualityKind::WeldSites { sites, torque } => {
                let [one, other] = self.sites(sites)?.map(|site| &self.model.sites[site]);
                EqualityType::Weld {
                    bodies: [one.bodyid, other.bodyid],
                    anchor: other.pos,
                    relpos: one.pos,
                    relquat: quat_mul(one.quat, quat_conj(other.quat)),
                    torquescale: *torque,
                }
            }
            EqualityKind::Joint { joint1, joint2, polycoef } => {
                let first = self.joint(joint1)?;
                let second = joint2.as_ref().map(|name| self.joint(name));
                let second = if let Some(second) = second { Some(second?) } else { None };
                self.distinct(Some(first) != second)?;
                EqualityType::Joint { joints: (first, second), polycoef: *polycoef }
            }
            EqualityKind::Tendon { tendon1, tendon2, polycoef } => {
                let first = self.tendon(tendon1)?;
                let second = tendon2.as_ref().map(|name| self.tendon(name));
                let second = if let Some(second) = second { Some(second?) } else { None };
                self.distinct(Some(first) != second)?;
                EqualityType::Tendon { tendons: (first, second), polycoef: *polycoef }
            }
        })
    }

    /// Without a second body it is the world.
    fn bodies(&mut self, body1: &str, body2: &Option<String>) -> Option<[usize; 2]> {
        let mut body = |name: &str| {
            let names = self.model.bodies.iter().map(|body| &body.name);
            find("body", name, names, self.origin, self.sink)
        };
        let first = body(body1);
        let second = body2.as_ref().map_or(Some(0), |name| body(name));
        let bodies = [first?, second?];
        self.distinct(bodies[0] != bodies[1])?;
        Some(bodies)
    }

    fn distinct(&mut self, distinct: bool) -> Option<()> {
        if !distinct {
            let message = "both sides are the same";
            self.sink.error(self.origin, message, "name two different ones");
        }
        distinct.then_some(())
    }

    fn sites(&mut self, sites: &[String; 2]) -> Option<[usize; 2]> {
        let mut site = |name: &str| {
            let names = self.model.sites.iter().map(|site| &site.name);
            find("site", name, names, self.origin, self.sink)
        };
        let [one, other] = [site(&sites[0]), site(&sites[1])];
        Some([one?, other?])
    }

    fn joint(&mut self, name: &str) -> Option<usize> {
        let names = self.model.joints.iter().map(|joint| &joint.name);
        let joint = find("joint", name, names, self.origin, self.sink)?;
        let kind = self.model.joints[joint].jnt_type;
        if matches!(kind, JointType::Free | JointType::Ball) {
            let message = format!("joint \"{name}\" has no single position");
            self.sink.error(self.origin, message, "name hinge or slide joints");
            return None;
        }
        Some(joint)
    }

    fn tendon(&mut self, name: &str) -> Option<usize> {
        let names = self.model.tendons.iter().map(|tendon| &tendon.name);
        find("tendon", name, names, self.origin, self.sink)
    }
}

//! One environment in Rapier.

use super::assembly::Assembly;
use super::convert::vector;
use super::props::{Props, Sets};
use super::touch::Touch;
use crate::model::Model;
use crate::scene::{Drive, Engine, Prop, Throw};
use bevy_rapier3d::rapier::dynamics::{
    CCDSolver, ImpulseJointSet, IntegrationParameters, IslandManager,
};
use bevy_rapier3d::rapier::geometry::{BroadPhaseBvh, NarrowPhase};
use bevy_rapier3d::rapier::math::Vector;
use bevy_rapier3d::rapier::pipeline::PhysicsPipeline;
use std::sync::Arc;

pub(super) struct World {
    model: Arc<Model>,
    gravity: Vector,
    parameters: IntegrationParameters,
    touch: Touch,
    assembly: Assembly,
    props: Props,
    islands: IslandManager,
    broad_phase: BroadPhaseBvh,
    narrow_phase: NarrowPhase,
    /// There are none: all joints are the multibody's.
    impulse_joints: ImpulseJointSet,
    ccd_solver: CCDSolver,
    pipeline: PhysicsPipeline,
    /// The state that the last step left.
    pub qpos: Vec<f64>,
    pub qvel: Vec<f64>,
}

impl World {
    pub(super) fn new(model: &Arc<Model>) -> Self {
        let touch = Touch::new(model);
        let parameters = IntegrationParameters {
            dt: model.opt.timestep as f32,
            // Steps are short, and links go where their joints are.
            max_ccd_substeps: 0,
            ..IntegrationParameters::default()
        };
        let mut world = Self {
            model: model.clone(),
            gravity: vector(model.opt.gravity),
            parameters,
            assembly: Assembly::new(model, &touch),
            touch,
            props: Props::default(),
            islands: IslandManager::new(),
            broad_phase: BroadPhaseBvh::new(),
            narrow_phase: NarrowPhase::new(),
            impulse_joints: ImpulseJointSet::new(),
            ccd_solver: CCDSolver::new(),
            pipeline: PhysicsPipeline::new(),
            qpos: model.qpos0.clone(),
            qvel: vec![0.0; model.nv],
        };
        world.place();
        world
    }

    /// Puts the links where `qpos` and `qvel` have them.
    pub(super) fn place(&mut self) {
        let Assembly { joints, multibody, coordinates, bodies, .. } = &mut self.assembly;
        let Some(multibody) = multibody.and_then(|it| joints.get_multibody_mut(it)) else { return };
        for coordinate in coordinates {
            coordinate.place(multibody, &self.qpos, &self.qvel);
        }
        multibody.forward_kinematics(bodies, false);
        multibody.update_rigid_bodies(bodies, true);
    }

    fn drive(&mut self, drive: &Drive<'_>) {
        let Assembly { bodies, coordinates, handles, .. } = &mut self.assembly;
        for coordinate in &*coordinates {
            if let Some(body) = bodies.get_mut(coordinate.child) {
                body.reset_forces(false);
                body.reset_torques(false);
            }
        }
        for coordinate in &*coordinates {
            coordinate.push(bodies, drive.actuation);
        }
        for (handle, push) in handles.iter().zip(drive.pushes) {
            if let Some(body) = handle.and_then(|handle| bodies.get_mut(handle)) {
                body.add_torque(vector([push[0], push[1], push[2]]), true);
                body.add_force(vector([push[3], push[4], push[5]]), true);
            }
        }
    }

    fn step(&mut self) {
        let Assembly { bodies, colliders, joints, .. } = &mut self.assembly;
        self.pipeline.step(
            self.gravity,
            &self.parameters,
            &mut self.islands,
            &mut self.broad_phase,
            &mut self.narrow_phase,
            bodies,
            colliders,
            &mut self.impulse_joints,
            joints,
            &mut self.ccd_solver,
            &self.touch,
            &(),
        );
    }

    /// Where the links are.
    pub(super) fn read(&mut self) {
        let Assembly { joints, multibody, coordinates, .. } = &self.assembly;
        let Some(multibody) = multibody.and_then(|it| joints.get_multibody(it)) else { return };
        for coordinate in coordinates {
            coordinate.read(multibody, &mut self.qpos, &mut self.qvel);
        }
        // As they come back: environments keep f32.
        let numbers = self.qpos.iter_mut().chain(&mut self.qvel);
        numbers.for_each(|number| *number = f64::from(*number as f32));
    }

    /// Whether Rapier has kept its head.
    fn is_sound(&self) -> bool {
        self.qpos.iter().chain(&self.qvel).all(|number| number.is_finite())
    }
}

impl Engine for World {
    fn advance(&mut self, qpos: &mut [f64], qvel: &mut [f64], drive: &Drive<'_>) {
        let differs = *qpos != *self.qpos || *qvel != *self.qvel;
        // Rapier would not survive them; our side ends the episode.
        let finite = qpos.iter().chain(&*qvel).chain(drive.actuation).all(|x| x.is_finite());
        if !finite {
            return;
        }
        if differs {
            if !self.is_sound() {
                *self = Self::new(&self.model);
            }
            self.qpos.copy_from_slice(qpos);
            self.qvel.copy_from_slice(qvel);
            self.place();
        }
        self.drive(drive);
        self.step();
        self.read();
        let (props, mut sets) = self.props_mut();
        props.tidy(&mut sets);
        qpos.copy_from_slice(&self.qpos);
        qvel.copy_from_slice(&self.qvel);
    }

    fn throw(&mut self, throw: &Throw) {
        let (props, mut sets) = self.props_mut();
        props.throw(throw, &mut sets);
    }

    fn props(&self) -> Vec<Prop> {
        self.props.all(&self.assembly.bodies)
    }
}

impl World {
    fn props_mut(&mut self) -> (&mut Props, Sets<'_>) {
        let Assembly { bodies, colliders, joints, .. } = &mut self.assembly;
        (&mut self.props, Sets { bodies, colliders, islands: &mut self.islands, joints })
    }
}

//! Straight-line programs over lanes.

use crate::math::lanes::{LaneMask, Lanes, atan2, exp, ln, pow, sin_cos, tanh};
use crate::physics::{Data, Plan};

/// A quantity of the scene that an expression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::scene) enum Source {
    Qpos(usize),
    Qvel(usize),
    Ctrl(usize),
    Action(usize),
    PreviousAction(usize),
    /// Body frame and inertial frame positions in the world [m], quaternion, by component.
    Xpos(usize, usize),
    Xipos(usize, usize),
    Xquat(usize, usize),
    /// A body's axis in the world: body, which axis, component.
    Axis(usize, usize, usize),
    /// Velocity of a body's frame in the world [m/s] and [rad/s].
    LinVel(usize, usize),
    AngVel(usize, usize),
    /// Centre of mass of a body with all its descendants [m].
    SubtreeCom(usize, usize),
    /// A value of `sensordata` that follows from positions and velocities.
    Sensor(usize),
    /// One that follows from forces and accelerations.
    ForceSensor(usize),
    /// Sum of the contact forces on a body, in world axes [N].
    ContactForce(usize, usize),
    /// Sum of the actuator forces on a dof, and of one actuator before its gear [N or N m].
    JointForce(usize),
    ActuatorForce(usize),
    /// Time since the episode began [s].
    Time,
    /// How hard the task is at present, from 0 to 1.
    Difficulty,
    /// A ray of a scan: a place among the numbers of all scans.
    Scan(usize),
    /// A column of a table, where that is what is read in place of a scene.
    Column(usize),
    /// What a term in Rust gave.
    Term(usize),
}

impl Source {
    /// Whether it is computed from the state rather than kept in it.
    fn needs_refresh(self) -> bool {
        use Source::*;
        matches!(
            self,
            Xpos(..)
                | Xipos(..)
                | Xquat(..)
                | Axis(..)
                | LinVel(..)
                | AngVel(..)
                | SubtreeCom(..)
                | Sensor(_)
                | Scan(_)
                | Term(_)
        )
    }

    /// Whether it belongs to the step that was taken rather than to the state that it led to.
    fn is_force(self) -> bool {
        use Source::*;
        matches!(self, ForceSensor(_) | ContactForce(..) | JointForce(_) | ActuatorForce(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Neg,
    Not,
    Abs,
    Sqrt,
    Exp,
    Ln,
    Sin,
    Cos,
    Tanh,
    Floor,
    Sign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Atan2,
    Lt,
    Le,
    Equal,
    And,
    Or,
}

/// One instruction; operands are the indices of earlier instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// A number, by its bits so that instructions can be compared.
    Constant(u64),
    Load(Source),
    Unary(Unary, usize),
    Binary(Binary, usize, usize),
    /// Condition, then, else.
    Select(usize, usize, usize),
    /// What another instruction gave one policy step earlier: an index into the memory.
    Previous(usize),
}

/// Inputs of a compiled expression program.
#[derive(Clone, Copy)]
pub struct ExpressionInputs<'a, L> {
    /// The model's topology.
    pub plan: &'a Plan,
    /// State and everything computed from it.
    pub data: &'a Data<L>,
    /// This step's actions after clipping, shape (action_dim,).
    pub action: &'a [L],
    /// The step's before, shape (action_dim,).
    pub previous_action: &'a [L],
    /// Time since the episode began \[s\].
    pub time: L,
    /// How hard the task is at present, from 0 to 1.
    pub difficulty: L,
    /// What [`ExpressionProgram::remember`] kept of the step before.
    pub memory: &'a [L],
    /// Whether a step has been taken; forces are zero before.
    pub stepped: bool,
    /// What the rays of all scans gave, one scan after the other.
    pub scans: &'a [L],
    /// What terms in Rust gave.
    pub terms: &'a [L],
}

/// Expressions compiled into one list of instructions, each distinct one computed once. Truth
/// values are 1 and 0.
#[derive(Clone, Debug, Default)]
pub struct ExpressionProgram {
    pub(super) ops: Vec<Op>,
    /// The instruction whose result is each output.
    pub(super) outputs: Vec<usize>,
    /// The instruction whose result is kept for the next step in each place of the memory.
    pub(super) memory: Vec<usize>,
}

impl ExpressionProgram {
    /// Number of expressions in it.
    pub fn n_outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Scratch space that [`run`](Self::run) needs.
    pub fn n_registers(&self) -> usize {
        self.ops.len()
    }

    /// Numbers that it keeps from step to step.
    pub fn n_memory(&self) -> usize {
        self.memory.len()
    }

    /// Whether body poses and velocities must be up to date before it runs.
    pub fn needs_refresh(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Load(source) if source.needs_refresh()))
    }

    /// Whether the sensors of forces must have been filled in the last step.
    pub fn needs_force_sensors(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Load(Source::ForceSensor(_) | Source::Term(_))))
    }

    /// Whether any output goes by the task's difficulty. What a term in Rust reads, nobody knows.
    pub fn reads_difficulty(&self) -> bool {
        let reads = |op: &Op| matches!(op, Op::Load(Source::Difficulty | Source::Term(_)));
        self.ops.iter().any(reads)
    }

    /// Makes what a term in Rust gives an output, before output `place`.
    pub(in crate::scene) fn insert_term(&mut self, place: usize, term: usize) {
        self.ops.push(Op::Load(Source::Term(term)));
        self.outputs.insert(place, self.ops.len() - 1);
    }

    /// Keeps what a term in Rust gives for the next step, in the last place of the memory.
    pub(in crate::scene) fn remember_term(&mut self, term: usize) {
        self.ops.push(Op::Load(Source::Term(term)));
        self.memory.push(self.ops.len() - 1);
    }

    /// What place `index` of the memory should hold after [`run`](Self::run).
    #[inline(always)]
    pub fn remember<L: Lanes>(&self, registers: &[L], index: usize) -> L {
        registers[self.memory[index]]
    }

    /// One output after [`run`](Self::run).
    #[inline(always)]
    pub fn output<L: Lanes>(&self, registers: &[L], index: usize) -> L {
        registers[self.outputs[index]]
    }

    /// Puts a number in the place of what [`run`](Self::run) would have left as an output.
    pub(in crate::scene) fn set_output<L>(&self, registers: &mut [L], index: usize, value: L) {
        registers[self.outputs[index]] = value;
    }

    /// The lanes in which the conditions that an output is made of compare what is no number, after
    /// [`run`](Self::run): no such comparison holds, whatever was meant.
    pub fn compares_no_number<L: Lanes>(&self, registers: &[L], index: usize) -> L::Mask {
        let mut blind = L::Mask::splat(false);
        let mut note = |at: usize| blind = blind | !registers[at].equal(registers[at]);
        let (mut open, mut seen) = (vec![self.outputs[index]], vec![false; self.ops.len()]);
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match self.ops[at] {
                Op::Binary(Binary::Lt | Binary::Le | Binary::Equal, a, b) => {
                    note(a);
                    note(b);
                }
                Op::Binary(Binary::And | Binary::Or, a, b) => open.extend([a, b]),
                Op::Unary(Unary::Not, a) => open.push(a),
                _ => {}
            }
        }
        blind
    }

    /// Evaluates every output for a block. `registers` has [`n_registers`](Self::n_registers).
    #[inline(always)]
    pub fn run<L: Lanes>(&self, inputs: &ExpressionInputs<'_, L>, registers: &mut [L]) {
        self.evaluate(|source| load(source, inputs), inputs.memory, registers);
    }

    #[inline(always)]
    pub(super) fn evaluate<L: Lanes>(
        &self,
        load: impl Fn(Source) -> L,
        memory: &[L],
        registers: &mut [L],
    ) {
        for (i, &op) in self.ops.iter().enumerate() {
            registers[i] = match op {
                Op::Constant(bits) => L::splat(f64::from_bits(bits)),
                Op::Load(source) => load(source),
                Op::Unary(unary, a) => apply_unary(unary, registers[a]),
                Op::Binary(binary, a, b) => apply_binary(binary, registers[a], registers[b]),
                Op::Select(condition, a, b) => {
                    L::select(is_true(registers[condition]), registers[a], registers[b])
                }
                Op::Previous(place) => memory[place],
            };
        }
    }
}

#[inline(always)]
pub(in crate::scene) fn load<L: Lanes>(source: Source, inputs: &ExpressionInputs<'_, L>) -> L {
    let data = inputs.data;
    if source.is_force() && !inputs.stepped {
        return L::zero();
    }
    match source {
        Source::Qpos(i) => data.state.qpos[i],
        Source::Qvel(i) => data.state.qvel[i],
        Source::Ctrl(i) => data.state.ctrl[i],
        Source::Action(i) => inputs.action[i],
        Source::PreviousAction(i) => inputs.previous_action[i],
        Source::Xpos(body, k) => data.xpos[body][k],
        Source::Xipos(body, k) => data.xipos[body][k],
        Source::Xquat(body, k) => data.xquat[body][k],
        Source::Axis(body, axis, k) => data.xmat[body][3 * k + axis],
        Source::LinVel(body, k) => data.body_linvel(inputs.plan, body)[k],
        Source::AngVel(body, k) => data.cvel[body][k],
        Source::SubtreeCom(body, k) => data.subtree_com[body][k],
        Source::Sensor(adr) | Source::ForceSensor(adr) => data.sensordata[adr],
        Source::ContactForce(body, k) => data.contact_force(inputs.plan, body)[k],
        Source::JointForce(dof) => data.qfrc_actuator[dof],
        Source::ActuatorForce(index) => data.actuator_force[index],
        Source::Time => inputs.time,
        Source::Difficulty => inputs.difficulty,
        // No scene has columns, and no expression over a scene is compiled to read one.
        Source::Column(_) => L::zero(),
        Source::Scan(index) => inputs.scans[index],
        Source::Term(index) => inputs.terms[index],
    }
}

#[inline(always)]
fn is_true<L: Lanes>(x: L) -> L::Mask {
    !x.equal(L::zero())
}

#[inline(always)]
fn truth<L: Lanes>(mask: L::Mask) -> L {
    L::select(mask, L::one(), L::zero())
}

#[inline(always)]
fn apply_unary<L: Lanes>(unary: Unary, x: L) -> L {
    match unary {
        Unary::Neg => -x,
        Unary::Not => truth(x.equal(L::zero())),
        Unary::Abs => x.abs(),
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => exp(x),
        Unary::Ln => ln(x),
        Unary::Sin => sin_cos(x).0,
        Unary::Cos => sin_cos(x).1,
        Unary::Tanh => tanh(x),
        Unary::Floor => x.floor(),
        Unary::Sign => truth::<L>(L::zero().lt(x)) - truth::<L>(x.lt(L::zero())),
    }
}

#[inline(always)]
fn apply_binary<L: Lanes>(binary: Binary, a: L, b: L) -> L {
    match binary {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Pow => pow(a, b),
        Binary::Min => a.min(b),
        Binary::Max => a.max(b),
        Binary::Atan2 => atan2(a, b),
        Binary::Lt => truth(a.lt(b)),
        Binary::Le => truth(a.le(b)),
        Binary::Equal => truth(a.equal(b)),
        Binary::And => truth::<L>(is_true(a) & is_true(b)),
        Binary::Or => truth::<L>(is_true(a) | is_true(b)),
    }
}

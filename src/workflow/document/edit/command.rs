//! What can be done to a workflow.

use std::fmt;

use serde_json::Value;

use super::fragment::Fragment;

/// An input or output of a node, by name or by its place among those that the file lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Port {
    /// By its name in the file, or by a name that the node's kind knows it by.
    Name(String),
    /// By its slot in the file, from 0.
    Slot(usize),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Name(name) => write!(f, "{name:?}"),
            Port::Slot(slot) => write!(f, "in slot {slot}"),
        }
    }
}

impl From<&str> for Port {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Port {
    fn from(slot: usize) -> Self {
        Self::Slot(slot)
    }
}

/// A port of a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PortRef {
    /// Id of the node.
    pub node: String,
    /// Which of its inputs or outputs.
    pub port: Port,
}

impl PortRef {
    /// The port called `port`, or in slot `port`, of a node.
    pub fn new(node: impl Into<String>, port: impl Into<Port>) -> Self {
        Self { node: node.into(), port: port.into() }
    }
}

/// Whether a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NodeMode {
    /// It does.
    #[default]
    Active,
    /// As if it were not there.
    Muted,
    /// Its inputs stand in for its outputs.
    Bypassed,
}

/// A node to be added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeToAdd {
    /// Its class, by any name that the registry knows.
    pub class: String,
    /// Its upper left corner [canvas pixels].
    pub at: [f64; 2],
    /// Its width and height; by the number of its ports and parameters where none is given.
    pub size: Option<[f64; 2]>,
    /// Its title; none for the title of its kind.
    pub title: Option<String>,
    /// Values of parameters by name; the others stand at their defaults.
    pub params: Vec<(String, Value)>,
}

/// Something that can be done to a workflow. Ids are those of the file, as text. Places and sizes are in canvas
/// pixels and written with at most three decimals.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Several edits, one after the other, as one. If one cannot be done, none is.
    All(Vec<Edit>),

    /// Adds a node with the ports and parameters of its kind.
    AddNode(NodeToAdd),
    /// Removes nodes and the links at them.
    RemoveNodes {
        /// Their ids.
        nodes: Vec<String>,
        /// Whether what fed a node feeds what it fed, where types allow.
        bridge: bool,
    },
    /// Moves nodes.
    MoveNodes {
        /// Ids, and where the upper left corner of each goes.
        to: Vec<(String, [f64; 2])>,
    },
    /// Gives a node another width and height.
    ResizeNode {
        /// Its id.
        node: String,
        /// Width and height.
        size: [f64; 2],
    },
    /// Folds nodes to their titles, or unfolds them.
    Collapse {
        /// Their ids.
        nodes: Vec<String>,
        /// Whether they are to be folded.
        collapsed: bool,
    },
    /// Fixes nodes where they are, or frees them. The canvas heeds it; edits do not.
    Pin {
        /// Their ids.
        nodes: Vec<String>,
        /// Whether they are to be fixed.
        pinned: bool,
    },
    /// Gives a node another title; an empty one takes the title away.
    RenameNode {
        /// Its id.
        node: String,
        /// The title.
        title: String,
    },
    /// Colours nodes.
    ColourNodes {
        /// Their ids.
        nodes: Vec<String>,
        /// Colour of the title, such as `#232`; none for that of the kind.
        color: Option<String>,
        /// Colour of the body; none for that of the kind.
        bgcolor: Option<String>,
    },
    /// Makes nodes take part, or not.
    SetMode {
        /// Their ids.
        nodes: Vec<String>,
        /// How they take part.
        mode: NodeMode,
    },

    /// Links an output to an input, in the place of what fed the input.
    Connect {
        /// The output.
        from: PortRef,
        /// The input, which may be a parameter.
        to: PortRef,
    },
    /// Removes what feeds an input.
    DisconnectInput(PortRef),
    /// Removes all links of an output.
    DisconnectOutput(PortRef),
    /// Removes links.
    RemoveLinks {
        /// Their ids.
        links: Vec<String>,
    },
    /// Makes all links of one output come from another. They keep their ids and reroutes.
    MoveOutput {
        /// The output that they come from.
        from: PortRef,
        /// The output that they shall come from.
        to: PortRef,
    },
    /// Makes a link lead to another input, in the place of what fed that. It keeps its id and reroutes.
    MoveLink {
        /// Id of the link.
        link: String,
        /// The input that it shall lead to.
        to: PortRef,
    },
    /// Adds a node in the middle of a link: the link leads to the node, and a new one from there on.
    InsertNode {
        /// Id of the link.
        link: String,
        /// The node to be added.
        node: NodeToAdd,
    },
    /// The same with a node that is there; the input and output taken are the first that suit.
    InsertExisting {
        /// Id of the link.
        link: String,
        /// Id of the node.
        node: String,
    },

    /// Sets a parameter. The values stay by position or by name, as the file has them.
    SetParam {
        /// Id of the node.
        node: String,
        /// Name of the parameter.
        param: String,
        /// The value, which is not checked.
        value: Value,
    },
    /// Gives a parameter an input, so that a constant may feed it.
    ParamToInput {
        /// Id of the node.
        node: String,
        /// Name of the parameter.
        param: String,
    },
    /// Takes the input of a parameter away, and the link that feeds it.
    InputToParam {
        /// Id of the node.
        node: String,
        /// Name of the parameter.
        param: String,
    },

    /// Adds a group: a frame with a title.
    AddGroup {
        /// Its title.
        title: String,
        /// Left, top, width and height.
        bounding: [f64; 4],
        /// Its colour, such as `#3f789e`; none for the usual one.
        color: Option<String>,
    },
    /// Removes a group, not what lies in it.
    RemoveGroup {
        /// Its position in the file's list of groups.
        group: usize,
    },
    /// Moves a group.
    MoveGroup {
        /// Its position in the file's list of groups.
        group: usize,
        /// How far.
        by: [f64; 2],
        /// Whether the nodes, reroutes and groups in it go along: those whose middle lies in it, and groups
        /// that lie in it whole.
        contents: bool,
    },
    /// Gives a group another frame. What lies in it stays.
    ResizeGroup {
        /// Its position in the file's list of groups.
        group: usize,
        /// Left, top, width and height.
        bounding: [f64; 4],
    },
    /// Gives a group another title.
    RenameGroup {
        /// Its position in the file's list of groups.
        group: usize,
        /// The title.
        title: String,
    },
    /// Gives a group another colour.
    ColourGroup {
        /// Its position in the file's list of groups.
        group: usize,
        /// The colour; none for the usual one.
        color: Option<String>,
    },

    /// Bends a link at a point.
    AddReroute {
        /// Id of the link.
        link: String,
        /// How many of its reroutes lie between its output and the new one.
        position: usize,
        /// Where.
        at: [f64; 2],
    },
    /// Moves a reroute.
    MoveReroute {
        /// Its id.
        reroute: String,
        /// Where to.
        to: [f64; 2],
    },
    /// Removes a reroute; its links stay.
    RemoveReroute {
        /// Its id.
        reroute: String,
    },

    /// Puts a pair of DNNE's labels in the place of a link: a wire without a line.
    LinkToLabels {
        /// Id of the link.
        link: String,
        /// Name of the pair; none for one made of node and output.
        name: Option<String>,
    },
    /// Puts links in the place of all labels of one name.
    LabelsToLinks {
        /// The name.
        name: String,
    },
    /// Gives all labels of one name another.
    RenameLabels {
        /// The name that they have.
        name: String,
        /// The name that they shall have.
        to: String,
    },

    /// Adds copies of what was copied, under new ids.
    Paste {
        /// What was copied.
        fragment: Fragment,
        /// Where its upper left corner goes.
        at: [f64; 2],
        /// Whether links from nodes that were not copied are made again, where those nodes are there.
        connections: bool,
    },
    /// Copies and pastes in one.
    Duplicate {
        /// Ids of the nodes.
        nodes: Vec<String>,
        /// How far from the originals.
        by: [f64; 2],
        /// Whether the copies are fed by what feeds the originals.
        connections: bool,
    },
}

/// Ids of the things that an edit made, to be selected or edited further.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// Ids of new nodes.
    pub nodes: Vec<String>,
    /// Ids of new links.
    pub links: Vec<String>,
    /// Positions of new groups in the file's list of groups.
    pub groups: Vec<usize>,
    /// Ids of new reroutes.
    pub reroutes: Vec<String>,
}

impl Edit {
    /// What the edit is called in a menu, as in "Undo: move nodes".
    pub fn name(&self) -> &'static str {
        match self {
            Edit::All(edits) => edits.first().map_or("nothing", Edit::name),
            Edit::AddNode(_) => "add node",
            Edit::RemoveNodes { .. } => "remove nodes",
            Edit::MoveNodes { .. } => "move nodes",
            Edit::ResizeNode { .. } => "resize node",
            Edit::Collapse { collapsed: true, .. } => "collapse nodes",
            Edit::Collapse { .. } => "expand nodes",
            Edit::Pin { pinned: true, .. } => "pin nodes",
            Edit::Pin { .. } => "unpin nodes",
            Edit::RenameNode { .. } => "rename node",
            Edit::ColourNodes { .. } => "colour nodes",
            Edit::SetMode { mode: NodeMode::Active, .. } => "activate nodes",
            Edit::SetMode { mode: NodeMode::Muted, .. } => "mute nodes",
            Edit::SetMode { mode: NodeMode::Bypassed, .. } => "bypass nodes",
            Edit::Connect { .. } => "connect",
            Edit::DisconnectInput(_) | Edit::DisconnectOutput(_) | Edit::RemoveLinks { .. } => {
                "disconnect"
            }
            Edit::MoveOutput { .. } | Edit::MoveLink { .. } => "reconnect",
            Edit::InsertNode { .. } | Edit::InsertExisting { .. } => "insert node into wire",
            Edit::SetParam { .. } => "set parameter",
            Edit::ParamToInput { .. } => "parameter to input",
            Edit::InputToParam { .. } => "input to parameter",
            Edit::AddGroup { .. } => "add group",
            Edit::RemoveGroup { .. } => "remove group",
            Edit::MoveGroup { .. } => "move group",
            Edit::ResizeGroup { .. } => "resize group",
            Edit::RenameGroup { .. } => "rename group",
            Edit::ColourGroup { .. } => "colour group",
            Edit::AddReroute { .. } => "add reroute",
            Edit::MoveReroute { .. } => "move reroute",
            Edit::RemoveReroute { .. } => "remove reroute",
            Edit::LinkToLabels { .. } => "wire to labels",
            Edit::LabelsToLinks { .. } => "labels to wires",
            Edit::RenameLabels { .. } => "rename labels",
            Edit::Paste { .. } => "paste",
            Edit::Duplicate { .. } => "duplicate",
        }
    }
}

//! Why an edit cannot be done.

use thiserror::Error;

use super::command::Port;

/// An error of an edit. The document is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// Only the UI form is edited.
    #[error(
        "the document is in the API form, which has no places for nodes; convert it to the UI form first"
    )]
    ApiForm,
    /// No node has this id.
    #[error("there is no node {node:?}; it may have been removed")]
    UnknownNode {
        /// The id that was given.
        node: String,
    },
    /// No kind of node has this name.
    #[error("no node class is called {class:?}; {remedy}")]
    UnknownClass {
        /// The name that was given.
        class: String,
        /// What to do.
        remedy: String,
    },
    /// The node has no such input.
    #[error("node {node} has no input {port}; {remedy}")]
    UnknownInput {
        /// Id of the node.
        node: String,
        /// The input that was named.
        port: Port,
        /// What to do.
        remedy: String,
    },
    /// The node has no such output.
    #[error("node {node} has no output {port}; {remedy}")]
    UnknownOutput {
        /// Id of the node.
        node: String,
        /// The output that was named.
        port: Port,
        /// What to do.
        remedy: String,
    },
    /// The node has no such parameter.
    #[error("node {node} has no parameter {param:?}; {remedy}")]
    UnknownParam {
        /// Id of the node.
        node: String,
        /// The parameter that was named.
        param: String,
        /// What to do.
        remedy: String,
    },
    /// The parameter is fed by a link: a value set beside it would have no effect.
    #[error(
        "parameter {param} of node {node} is fed by node {from}; set it there, or disconnect it first"
    )]
    LinkedParam {
        /// Id of the node.
        node: String,
        /// The parameter.
        param: String,
        /// Id of the node that feeds it.
        from: String,
    },
    /// No link has this id.
    #[error("there is no link {link:?}; it may have been removed")]
    UnknownLink {
        /// The id that was given.
        link: String,
    },
    /// The list of groups is shorter.
    #[error("there is no group {group}; it may have been removed")]
    UnknownGroup {
        /// The position that was given.
        group: usize,
    },
    /// No reroute has this id.
    #[error("there is no reroute {reroute:?}; it may have been removed")]
    UnknownReroute {
        /// The id that was given.
        reroute: String,
    },
    /// No pair of labels has this name.
    #[error("no wireless wire is called {name:?}; its label may have been removed")]
    UnknownLabel {
        /// The name that was given.
        name: String,
    },
    /// Labels already use this name.
    #[error("a wireless wire is already called {name:?}; choose another name")]
    LabelTaken {
        /// The name that was given.
        name: String,
    },
    /// The node has no input and output through which the wire could go.
    #[error("node {node} has no input and output that suit the wire; choose another node")]
    DoesNotSuit {
        /// Id or class of the node.
        node: String,
    },
    /// A place or size is infinite or not a number.
    #[error("{what} is not finite; give it finite numbers")]
    NotFinite {
        /// What was to be set.
        what: &'static str,
    },
    /// The file holds something else where the edit needs a list or an object.
    #[error("the file holds no {expected} at {pointer}; correct it by hand first")]
    BadFile {
        /// Where, as a JSON pointer.
        pointer: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// Ids are used up to the largest whole number.
    #[error(
        "there is no number left for a new id; give the nodes and links of the file smaller ids"
    )]
    NoIdLeft,
    /// What was to be pasted is no part of a workflow.
    #[error("this is no part of a workflow: {reason}; copy nodes from a workflow first")]
    BadFragment {
        /// What is wrong.
        reason: String,
    },
}

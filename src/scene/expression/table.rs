//! Expressions over the columns of a table instead of a scene: the same language, where what can be
//! read are numbers that somebody else has measured.

use super::ExpressionError;
use super::compile::{Compiler, Constants, Scope, ValueType, When};
use super::group::ELEMENT;
use super::program::{ExpressionProgram, Op, Source};
use super::syntax::{Syntax, SyntaxKind};
use super::unknown::{position, unknown};

/// The columns that expressions may read, in the order in which rows give them.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
    /// Names of the functions and the columns that they choose from.
    functions: Vec<Function>,
    groups: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    value: ValueType,
    /// Whether the name alone stands for it.
    is_plain: bool,
}

/// A family of columns: `obs(height)`, `obs(joint_position).knee` and `obs(3)`.
#[derive(Clone, Debug)]
pub(super) struct Function {
    name: String,
    first: usize,
    members: Vec<String>,
}

impl Table {
    /// Adds a column that is read by its name alone.
    pub fn value(&mut self, name: &str, value: ValueType) {
        self.columns.push(Column { name: name.to_owned(), value, is_plain: true });
    }

    /// Adds a column for each member; `function(member)` reads it, `function(family).part` if the
    /// member is called `family[part]`, and `function(index)` whatever it is called.
    pub fn family(&mut self, function: &str, members: &[String]) {
        let (name, first) = (function.to_owned(), self.columns.len());
        let column = |name: &String| Column {
            name: name.clone(),
            value: ValueType::Number,
            is_plain: false,
        };
        self.columns.extend(members.iter().map(column));
        self.functions.push(Function { name, first, members: members.to_vec() });
    }

    /// Lets `sum`, `mean` and their like go through `members` by the name of `group`.
    pub fn group(&mut self, group: &str, members: &[String]) {
        self.groups.push((group.to_owned(), members.to_vec()));
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Compiles an expression that must yield a number.
    pub fn compile(&self, text: &str) -> Result<TableProgram, ExpressionError> {
        let scope = Scope::Table(self);
        // A table has no clock of its own, so nothing reads this.
        let constants = Constants { dt: 0.0 };
        let mut compiler = Compiler::over(scope, &self.groups, constants, When::AfterStep);
        compiler.output(text, ValueType::Number)?;
        Ok(TableProgram { program: compiler.finish() })
    }

    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|function| function.name.as_str())
    }
}

impl Compiler<'_> {
    /// A column that is read by its name.
    pub(super) fn table_value(
        &mut self,
        table: &Table,
        name: &str,
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        if name == "pi" {
            return Ok((self.constant(std::f64::consts::PI), ValueType::Number));
        }
        let plain = |column: &Column| column.is_plain && column.name == name;
        match table.columns.iter().position(plain) {
            Some(index) => {
                Ok((self.emit(Op::Load(Source::Column(index))), table.columns[index].value))
            }
            None => {
                let plain = table.columns.iter().filter(|column| column.is_plain);
                let known = plain.map(|column| column.name.as_str());
                Err(unknown("name", name, known.chain(["pi"]).chain(table.functions()), syntax))
            }
        }
    }

    /// A column that a function chooses.
    pub(super) fn table_cell(
        &mut self,
        function: &Function,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<(usize, ValueType), ExpressionError> {
        let [arg] = args else {
            let message = format!("{}() takes one name or index", function.name);
            return Err(ExpressionError::new(syntax.span.clone(), message));
        };
        let index = match &arg.kind {
            SyntaxKind::Name(name) => {
                let name = match &self.element {
                    Some(element) if name == ELEMENT => element,
                    _ => name,
                };
                function.member(name, field, arg)?
            }
            SyntaxKind::Number(index) => function.index(*index, arg)?,
            _ => {
                let message = format!("{}() takes one name or index", function.name);
                return Err(ExpressionError::new(arg.span.clone(), message)
                    .remedy("quote a name that is not a plain word"));
            }
        };
        Ok((self.emit(Op::Load(Source::Column(function.first + index))), ValueType::Number))
    }
}

impl Function {
    fn member(
        &self,
        name: &str,
        field: Option<&str>,
        arg: &Syntax,
    ) -> Result<usize, ExpressionError> {
        let names = self.members.iter().map(String::as_str);
        let full = field.map(|part| format!("{name}[{part}]"));
        let name = full.as_deref().unwrap_or(name);
        position(names, &self.name, name, arg).map_err(|error| {
            let family = format!("{name}[");
            let mut parts = self.members.iter().filter_map(|member| {
                member.strip_prefix(&family)?.strip_suffix(']').map(str::to_owned)
            });
            match parts.next() {
                Some(first) => {
                    ExpressionError::new(error.span, format!("`{name}` has several parts"))
                        .remedy(format!("take one: {}({name}).{first}", self.name))
                }
                None => error,
            }
        })
    }

    fn index(&self, index: f64, arg: &Syntax) -> Result<usize, ExpressionError> {
        let n = self.members.len();
        if index.fract() == 0.0 && index >= 0.0 && index < n as f64 {
            return Ok(index as usize);
        }
        let message = format!("{}() has {n} members, counted from 0", self.name);
        Err(ExpressionError::new(arg.span.clone(), message))
    }
}

/// An expression over the columns of a table.
#[derive(Clone, Debug)]
pub struct TableProgram {
    program: ExpressionProgram,
}

impl TableProgram {
    /// Evaluates the expression on one row, of the table's width. `registers` is working memory.
    pub fn run(&self, row: &[f64], registers: &mut Vec<f64>) -> f64 {
        registers.resize(self.program.n_registers(), 0.0);
        let load = |source| match source {
            Source::Column(index) => row[index],
            _ => 0.0,
        };
        self.program.evaluate(load, &[], registers);
        self.program.output(registers, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let observations = names(&["height", "joint[hip]", "joint[knee]"]);
        let mut table = Table::default();
        table.family("obs", &observations);
        table.family("action", &names(&["hip"]));
        table.value("reward", ValueType::Number);
        table.value("terminated", ValueType::Truth);
        table.group("joint", &observations[1..]);
        table
    }

    fn value(text: &str) -> f64 {
        let row = [2.0, 3.0, 4.0, -0.5, 10.0, 1.0];
        assert_eq!(row.len(), table().width());
        table().compile(text).unwrap().run(&row, &mut Vec::new())
    }

    #[test]
    fn columns_are_read_by_name_part_and_index() {
        assert_eq!(value("obs(height) + obs(0)"), 4.0);
        assert_eq!(value("obs(joint).knee"), 4.0);
        assert_eq!(value("obs('joint[hip]')"), 3.0);
        assert_eq!(value("action(hip) * reward"), -5.0);
        assert_eq!(value("if(terminated, -1, obs(1))"), -1.0);
        assert_eq!(value("sum(joint, obs(it)^2) - cos(pi)"), 26.0);
    }

    #[test]
    fn mistakes_say_where_and_what_was_meant() {
        for (text, start, part) in [
            ("1 + obs(hieght)", 8, "did you mean `height`?"),
            ("obs(joint)", 4, "take one: obs(joint).hip"),
            ("obs(joint).kne", 4, "did you mean `joint[knee]`?"),
            ("obs(7)", 4, "has 3 members"),
            ("obs(0.5)", 4, "has 3 members"),
            ("obs(1 + 1)", 4, "name or index"),
            ("2 * rewrd", 4, "did you mean `reward`?"),
            ("ob(height)", 0, "did you mean `obs`?"),
            ("qpos(hip)", 0, "unknown function"),
            ("prev(reward)", 0, "unknown function"),
            ("time", 0, "unknown name"),
            ("terminated", 0, "a number is needed"),
        ] {
            let error = table().compile(text).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert_eq!(error.span.start, start, "{text}: {error}");
        }
    }
}

use dnne::prelude::*;

fn hostile(g: &mut Workflow) {
    g.note("\"); std::process::abort(); (\"", "\"); std::process::abort(); (\"");
    g.node(379)
        .titled("Größe → 🤖359  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖359  leading and trailing  ".into(), ..default() });
    g.node(383).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             363\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(383, "\r\n}\r\nfn evil() { std::process::abort() }\r\n363\n#![feature(x)]\n");
    g.node(387)
        .titled("\u{2066}isolated\u{2069}367b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}367b'\\x41'".into(), ..default() });
    g.node(391)
        .titled("'a371\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a371\"); std::process::abort(); (\"".into(), ..default() });
    g.node(395)
        .titled("default375\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default375\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(399)
        .titled("Größe → 🤖379  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖379  leading and trailing  ".into(), ..default() });
    g.node(403).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             383\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(403, "\r\n}\r\nfn evil() { std::process::abort() }\r\n383\n#![feature(x)]\n");
    g.node(407)
        .titled("\u{2066}isolated\u{2069}387b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}387b'\\x41'".into(), ..default() });
    g.node(411)
        .titled("'a391\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a391\"); std::process::abort(); (\"".into(), ..default() });
    g.node(415)
        .titled("default395\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default395\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(419)
        .titled("Größe → 🤖399  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖399  leading and trailing  ".into(), ..default() });
    g.node(423).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             403\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(423, "\r\n}\r\nfn evil() { std::process::abort() }\r\n403\n#![feature(x)]\n");
    g.node(427)
        .titled("\u{2066}isolated\u{2069}407b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}407b'\\x41'".into(), ..default() });
    g.node(431)
        .titled("'a411\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a411\"); std::process::abort(); (\"".into(), ..default() });
    g.node(435)
        .titled("default415\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default415\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(439)
        .titled("Größe → 🤖419  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖419  leading and trailing  ".into(), ..default() });
    g.node(443).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             423\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(443, "\r\n}\r\nfn evil() { std::process::abort() }\r\n423\n#![feature(x)]\n");
    g.node(447)
        .titled("\u{2066}isolated\u{2069}427b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}427b'\\x41'".into(), ..default() });
    g.node(451)
        .titled("'a431\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a431\"); std::process::abort(); (\"".into(), ..default() });
    g.node(455)
        .titled("default435\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default435\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(459)
        .titled("Größe → 🤖439  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖439  leading and trailing  ".into(), ..default() });
    g.node(463).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             443\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(463, "\r\n}\r\nfn evil() { std::process::abort() }\r\n443\n#![feature(x)]\n");
    g.node(467)
        .titled("\u{2066}isolated\u{2069}447b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}447b'\\x41'".into(), ..default() });
    g.node(471)
        .titled("'a451\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a451\"); std::process::abort(); (\"".into(), ..default() });
    g.node(475)
        .titled("default455\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default455\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(479)
        .titled("Größe → 🤖459  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖459  leading and trailing  ".into(), ..default() });
    g.node(483).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             463\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(483, "\r\n}\r\nfn evil() { std::process::abort() }\r\n463\n#![feature(x)]\n");
    g.node(487)
        .titled("\u{2066}isolated\u{2069}467b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}467b'\\x41'".into(), ..default() });
    g.node(491)
        .titled("'a471\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a471\"); std::process::abort(); (\"".into(), ..default() });
    g.node(495)
        .titled("default475\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default475\u{2028}line\u{2029}paragraph".into(), ..default() });
    g.node(499)
        .titled("Größe → 🤖479  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖479  leading and trailing  ".into(), ..default() });
    g.node("102*/ fn main() { panic!() } /*82tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*82tab\there\\".into(),
        ..default()
    });
    g.title(
        "102*/ fn main() { panic!() } /*82tab\there\\",
        "*/ fn main() { panic!() } /*82tab\there\\",
    );
    g.node("106\u{202e}reversed\u{202c}86{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}86{}{{}}{0}".into(), ..default() });
    g.title("106\u{202e}reversed\u{202c}86{}{{}}{0}", "\u{202e}reversed\u{202c}86{}{{}}{0}");
    g.node("10r#\"raw\"#")
        .titled("r#\"raw\"#")
        .add(RewardShaper { terms: "r#\"raw\"#".into(), ..default() });
    g.node("110r#\"raw\"#90fn")
        .titled("r#\"raw\"#90fn")
        .add(RewardShaper { terms: "r#\"raw\"#90fn".into(), ..default() });
    g.node("114g94\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g94\\\"); std::process::abort(); //".into(), ..default() });
    g.title("114g94\\\"); std::process::abort(); //", "g94\\\"); std::process::abort(); //");
    g.node("118\u{feff}\u{200b}zero width98\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width98\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "118\u{feff}\u{200b}zero width98\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width98\0\u{7f}\u{1b}[31m",
    );
    g.node("122*/ fn main() { panic!() } /*102tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*102tab\there\\".into(),
        ..default()
    });
    g.title(
        "122*/ fn main() { panic!() } /*102tab\there\\",
        "*/ fn main() { panic!() } /*102tab\there\\",
    );
    g.node("126\u{202e}reversed\u{202c}106{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}106{}{{}}{0}".into(), ..default() });
    g.title("126\u{202e}reversed\u{202c}106{}{{}}{0}", "\u{202e}reversed\u{202c}106{}{{}}{0}");
    g.node("130r#\"raw\"#110fn")
        .titled("r#\"raw\"#110fn")
        .add(RewardShaper { terms: "r#\"raw\"#110fn".into(), ..default() });
    g.node("134g114\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g114\\\"); std::process::abort(); //".into(), ..default() });
    g.title("134g114\\\"); std::process::abort(); //", "g114\\\"); std::process::abort(); //");
    g.node("138\u{feff}\u{200b}zero width118\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width118\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "138\u{feff}\u{200b}zero width118\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width118\0\u{7f}\u{1b}[31m",
    );
    g.node("142*/ fn main() { panic!() } /*122tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*122tab\there\\".into(),
        ..default()
    });
    g.title(
        "142*/ fn main() { panic!() } /*122tab\there\\",
        "*/ fn main() { panic!() } /*122tab\there\\",
    );
    g.node("146\u{202e}reversed\u{202c}126{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}126{}{{}}{0}".into(), ..default() });
    g.title("146\u{202e}reversed\u{202c}126{}{{}}{0}", "\u{202e}reversed\u{202c}126{}{{}}{0}");
    g.node("14g").titled("g").add(RewardShaper { terms: "g".into(), ..default() });
    g.node("150r#\"raw\"#130fn")
        .titled("r#\"raw\"#130fn")
        .add(RewardShaper { terms: "r#\"raw\"#130fn".into(), ..default() });
    g.node("154g134\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g134\\\"); std::process::abort(); //".into(), ..default() });
    g.title("154g134\\\"); std::process::abort(); //", "g134\\\"); std::process::abort(); //");
    g.node("158\u{feff}\u{200b}zero width138\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width138\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "158\u{feff}\u{200b}zero width138\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width138\0\u{7f}\u{1b}[31m",
    );
    g.node("162*/ fn main() { panic!() } /*142tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*142tab\there\\".into(),
        ..default()
    });
    g.title(
        "162*/ fn main() { panic!() } /*142tab\there\\",
        "*/ fn main() { panic!() } /*142tab\there\\",
    );
    g.node("166\u{202e}reversed\u{202c}146{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}146{}{{}}{0}".into(), ..default() });
    g.title("166\u{202e}reversed\u{202c}146{}{{}}{0}", "\u{202e}reversed\u{202c}146{}{{}}{0}");
    g.node("170r#\"raw\"#150fn")
        .titled("r#\"raw\"#150fn")
        .add(RewardShaper { terms: "r#\"raw\"#150fn".into(), ..default() });
    g.node("174g154\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g154\\\"); std::process::abort(); //".into(), ..default() });
    g.title("174g154\\\"); std::process::abort(); //", "g154\\\"); std::process::abort(); //");
    g.node("178\u{feff}\u{200b}zero width158\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width158\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "178\u{feff}\u{200b}zero width158\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width158\0\u{7f}\u{1b}[31m",
    );
    g.node("182*/ fn main() { panic!() } /*162tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*162tab\there\\".into(),
        ..default()
    });
    g.title(
        "182*/ fn main() { panic!() } /*162tab\there\\",
        "*/ fn main() { panic!() } /*162tab\there\\",
    );
    g.node("186\u{202e}reversed\u{202c}166{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}166{}{{}}{0}".into(), ..default() });
    g.title("186\u{202e}reversed\u{202c}166{}{{}}{0}", "\u{202e}reversed\u{202c}166{}{{}}{0}");
    g.node("18\u{feff}\u{200b}zero width")
        .titled("\u{feff}\u{200b}zero width")
        .add(RewardShaper { terms: "\u{feff}\u{200b}zero width".into(), ..default() });
    g.node("190r#\"raw\"#170fn")
        .titled("r#\"raw\"#170fn")
        .add(RewardShaper { terms: "r#\"raw\"#170fn".into(), ..default() });
    g.node("194g174\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g174\\\"); std::process::abort(); //".into(), ..default() });
    g.title("194g174\\\"); std::process::abort(); //", "g174\\\"); std::process::abort(); //");
    g.node("198\u{feff}\u{200b}zero width178\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width178\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "198\u{feff}\u{200b}zero width178\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width178\0\u{7f}\u{1b}[31m",
    );
    g.node("2*/ fn main() { panic!() } /*")
        .add(RewardShaper { terms: "*/ fn main() { panic!() } /*".into(), ..default() });
    g.title("2*/ fn main() { panic!() } /*", "*/ fn main() { panic!() } /*");
    g.node("202*/ fn main() { panic!() } /*182tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*182tab\there\\".into(),
        ..default()
    });
    g.title(
        "202*/ fn main() { panic!() } /*182tab\there\\",
        "*/ fn main() { panic!() } /*182tab\there\\",
    );
    g.node("206\u{202e}reversed\u{202c}186{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}186{}{{}}{0}".into(), ..default() });
    g.title("206\u{202e}reversed\u{202c}186{}{{}}{0}", "\u{202e}reversed\u{202c}186{}{{}}{0}");
    g.node("210r#\"raw\"#190fn")
        .titled("r#\"raw\"#190fn")
        .add(RewardShaper { terms: "r#\"raw\"#190fn".into(), ..default() });
    g.node("214g194\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g194\\\"); std::process::abort(); //".into(), ..default() });
    g.title("214g194\\\"); std::process::abort(); //", "g194\\\"); std::process::abort(); //");
    g.node("218\u{feff}\u{200b}zero width198\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width198\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "218\u{feff}\u{200b}zero width198\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width198\0\u{7f}\u{1b}[31m",
    );
    g.node("22*/ fn main() { panic!() } /*2tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*2tab\there\\".into(),
        ..default()
    });
    g.title(
        "22*/ fn main() { panic!() } /*2tab\there\\",
        "*/ fn main() { panic!() } /*2tab\there\\",
    );
    g.node("222*/ fn main() { panic!() } /*202tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*202tab\there\\".into(),
        ..default()
    });
    g.title(
        "222*/ fn main() { panic!() } /*202tab\there\\",
        "*/ fn main() { panic!() } /*202tab\there\\",
    );
    g.node("226\u{202e}reversed\u{202c}206{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}206{}{{}}{0}".into(), ..default() });
    g.title("226\u{202e}reversed\u{202c}206{}{{}}{0}", "\u{202e}reversed\u{202c}206{}{{}}{0}");
    g.node("230r#\"raw\"#210fn")
        .titled("r#\"raw\"#210fn")
        .add(RewardShaper { terms: "r#\"raw\"#210fn".into(), ..default() });
    g.node("234g214\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g214\\\"); std::process::abort(); //".into(), ..default() });
    g.title("234g214\\\"); std::process::abort(); //", "g214\\\"); std::process::abort(); //");
    g.node("238\u{feff}\u{200b}zero width218\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width218\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "238\u{feff}\u{200b}zero width218\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width218\0\u{7f}\u{1b}[31m",
    );
    g.node("242*/ fn main() { panic!() } /*222tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*222tab\there\\".into(),
        ..default()
    });
    g.title(
        "242*/ fn main() { panic!() } /*222tab\there\\",
        "*/ fn main() { panic!() } /*222tab\there\\",
    );
    g.node("246\u{202e}reversed\u{202c}226{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}226{}{{}}{0}".into(), ..default() });
    g.title("246\u{202e}reversed\u{202c}226{}{{}}{0}", "\u{202e}reversed\u{202c}226{}{{}}{0}");
    g.node("250r#\"raw\"#230fn")
        .titled("r#\"raw\"#230fn")
        .add(RewardShaper { terms: "r#\"raw\"#230fn".into(), ..default() });
    g.node("254g234\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g234\\\"); std::process::abort(); //".into(), ..default() });
    g.title("254g234\\\"); std::process::abort(); //", "g234\\\"); std::process::abort(); //");
    g.node("258\u{feff}\u{200b}zero width238\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width238\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "258\u{feff}\u{200b}zero width238\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width238\0\u{7f}\u{1b}[31m",
    );
    g.node("262*/ fn main() { panic!() } /*242tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*242tab\there\\".into(),
        ..default()
    });
    g.title(
        "262*/ fn main() { panic!() } /*242tab\there\\",
        "*/ fn main() { panic!() } /*242tab\there\\",
    );
    g.node("266\u{202e}reversed\u{202c}246{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}246{}{{}}{0}".into(), ..default() });
    g.title("266\u{202e}reversed\u{202c}246{}{{}}{0}", "\u{202e}reversed\u{202c}246{}{{}}{0}");
    g.node("26\u{202e}reversed\u{202c}6{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}6{}{{}}{0}".into(), ..default() });
    g.title("26\u{202e}reversed\u{202c}6{}{{}}{0}", "\u{202e}reversed\u{202c}6{}{{}}{0}");
    g.node("270r#\"raw\"#250fn")
        .titled("r#\"raw\"#250fn")
        .add(RewardShaper { terms: "r#\"raw\"#250fn".into(), ..default() });
    g.node("274g254\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g254\\\"); std::process::abort(); //".into(), ..default() });
    g.title("274g254\\\"); std::process::abort(); //", "g254\\\"); std::process::abort(); //");
    g.node("278\u{feff}\u{200b}zero width258\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width258\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "278\u{feff}\u{200b}zero width258\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width258\0\u{7f}\u{1b}[31m",
    );
    g.node("282*/ fn main() { panic!() } /*262tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*262tab\there\\".into(),
        ..default()
    });
    g.title(
        "282*/ fn main() { panic!() } /*262tab\there\\",
        "*/ fn main() { panic!() } /*262tab\there\\",
    );
    g.node("286\u{202e}reversed\u{202c}266{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}266{}{{}}{0}".into(), ..default() });
    g.title("286\u{202e}reversed\u{202c}266{}{{}}{0}", "\u{202e}reversed\u{202c}266{}{{}}{0}");
    g.node("290r#\"raw\"#270fn")
        .titled("r#\"raw\"#270fn")
        .add(RewardShaper { terms: "r#\"raw\"#270fn".into(), ..default() });
    g.node("294g274\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g274\\\"); std::process::abort(); //".into(), ..default() });
    g.title("294g274\\\"); std::process::abort(); //", "g274\\\"); std::process::abort(); //");
    g.node("298\u{feff}\u{200b}zero width278\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width278\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "298\u{feff}\u{200b}zero width278\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width278\0\u{7f}\u{1b}[31m",
    );
    g.node("302*/ fn main() { panic!() } /*282tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*282tab\there\\".into(),
        ..default()
    });
    g.title(
        "302*/ fn main() { panic!() } /*282tab\there\\",
        "*/ fn main() { panic!() } /*282tab\there\\",
    );
    g.node("306\u{202e}reversed\u{202c}286{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}286{}{{}}{0}".into(), ..default() });
    g.title("306\u{202e}reversed\u{202c}286{}{{}}{0}", "\u{202e}reversed\u{202c}286{}{{}}{0}");
    g.node("30r#\"raw\"#10fn")
        .titled("r#\"raw\"#10fn")
        .add(RewardShaper { terms: "r#\"raw\"#10fn".into(), ..default() });
    g.node("310r#\"raw\"#290fn")
        .titled("r#\"raw\"#290fn")
        .add(RewardShaper { terms: "r#\"raw\"#290fn".into(), ..default() });
    g.node("314g294\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g294\\\"); std::process::abort(); //".into(), ..default() });
    g.title("314g294\\\"); std::process::abort(); //", "g294\\\"); std::process::abort(); //");
    g.node("318\u{feff}\u{200b}zero width298\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width298\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "318\u{feff}\u{200b}zero width298\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width298\0\u{7f}\u{1b}[31m",
    );
    g.node("322*/ fn main() { panic!() } /*302tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*302tab\there\\".into(),
        ..default()
    });
    g.title(
        "322*/ fn main() { panic!() } /*302tab\there\\",
        "*/ fn main() { panic!() } /*302tab\there\\",
    );
    g.node("326\u{202e}reversed\u{202c}306{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}306{}{{}}{0}".into(), ..default() });
    g.title("326\u{202e}reversed\u{202c}306{}{{}}{0}", "\u{202e}reversed\u{202c}306{}{{}}{0}");
    g.node("330r#\"raw\"#310fn")
        .titled("r#\"raw\"#310fn")
        .add(RewardShaper { terms: "r#\"raw\"#310fn".into(), ..default() });
    g.node("334g314\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g314\\\"); std::process::abort(); //".into(), ..default() });
    g.title("334g314\\\"); std::process::abort(); //", "g314\\\"); std::process::abort(); //");
    g.node("338\u{feff}\u{200b}zero width318\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width318\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "338\u{feff}\u{200b}zero width318\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width318\0\u{7f}\u{1b}[31m",
    );
    g.node("342*/ fn main() { panic!() } /*322tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*322tab\there\\".into(),
        ..default()
    });
    g.title(
        "342*/ fn main() { panic!() } /*322tab\there\\",
        "*/ fn main() { panic!() } /*322tab\there\\",
    );
    g.node("346\u{202e}reversed\u{202c}326{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}326{}{{}}{0}".into(), ..default() });
    g.title("346\u{202e}reversed\u{202c}326{}{{}}{0}", "\u{202e}reversed\u{202c}326{}{{}}{0}");
    g.node("34g14\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g14\\\"); std::process::abort(); //".into(), ..default() });
    g.title("34g14\\\"); std::process::abort(); //", "g14\\\"); std::process::abort(); //");
    g.node("350r#\"raw\"#330fn")
        .titled("r#\"raw\"#330fn")
        .add(RewardShaper { terms: "r#\"raw\"#330fn".into(), ..default() });
    g.node("354g334\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g334\\\"); std::process::abort(); //".into(), ..default() });
    g.title("354g334\\\"); std::process::abort(); //", "g334\\\"); std::process::abort(); //");
    g.node("358\u{feff}\u{200b}zero width338\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width338\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "358\u{feff}\u{200b}zero width338\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width338\0\u{7f}\u{1b}[31m",
    );
    g.node("362*/ fn main() { panic!() } /*342tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*342tab\there\\".into(),
        ..default()
    });
    g.title(
        "362*/ fn main() { panic!() } /*342tab\there\\",
        "*/ fn main() { panic!() } /*342tab\there\\",
    );
    g.node("366\u{202e}reversed\u{202c}346{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}346{}{{}}{0}".into(), ..default() });
    g.title("366\u{202e}reversed\u{202c}346{}{{}}{0}", "\u{202e}reversed\u{202c}346{}{{}}{0}");
    g.node("370r#\"raw\"#350fn")
        .titled("r#\"raw\"#350fn")
        .add(RewardShaper { terms: "r#\"raw\"#350fn".into(), ..default() });
    g.node("374g354\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g354\\\"); std::process::abort(); //".into(), ..default() });
    g.title("374g354\\\"); std::process::abort(); //", "g354\\\"); std::process::abort(); //");
    g.node("378\u{feff}\u{200b}zero width358\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width358\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "378\u{feff}\u{200b}zero width358\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width358\0\u{7f}\u{1b}[31m",
    );
    g.node("382*/ fn main() { panic!() } /*362tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*362tab\there\\".into(),
        ..default()
    });
    g.title(
        "382*/ fn main() { panic!() } /*362tab\there\\",
        "*/ fn main() { panic!() } /*362tab\there\\",
    );
    g.node("386\u{202e}reversed\u{202c}366{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}366{}{{}}{0}".into(), ..default() });
    g.title("386\u{202e}reversed\u{202c}366{}{{}}{0}", "\u{202e}reversed\u{202c}366{}{{}}{0}");
    g.node("38\u{feff}\u{200b}zero width18\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width18\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "38\u{feff}\u{200b}zero width18\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width18\0\u{7f}\u{1b}[31m",
    );
    g.node("390r#\"raw\"#370fn")
        .titled("r#\"raw\"#370fn")
        .add(RewardShaper { terms: "r#\"raw\"#370fn".into(), ..default() });
    g.node("394g374\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g374\\\"); std::process::abort(); //".into(), ..default() });
    g.title("394g374\\\"); std::process::abort(); //", "g374\\\"); std::process::abort(); //");
    g.node("398\u{feff}\u{200b}zero width378\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width378\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "398\u{feff}\u{200b}zero width378\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width378\0\u{7f}\u{1b}[31m",
    );
    g.node("402*/ fn main() { panic!() } /*382tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*382tab\there\\".into(),
        ..default()
    });
    g.title(
        "402*/ fn main() { panic!() } /*382tab\there\\",
        "*/ fn main() { panic!() } /*382tab\there\\",
    );
    g.node("406\u{202e}reversed\u{202c}386{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}386{}{{}}{0}".into(), ..default() });
    g.title("406\u{202e}reversed\u{202c}386{}{{}}{0}", "\u{202e}reversed\u{202c}386{}{{}}{0}");
    g.node("410r#\"raw\"#390fn")
        .titled("r#\"raw\"#390fn")
        .add(RewardShaper { terms: "r#\"raw\"#390fn".into(), ..default() });
    g.node("414g394\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g394\\\"); std::process::abort(); //".into(), ..default() });
    g.title("414g394\\\"); std::process::abort(); //", "g394\\\"); std::process::abort(); //");
    g.node("418\u{feff}\u{200b}zero width398\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width398\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "418\u{feff}\u{200b}zero width398\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width398\0\u{7f}\u{1b}[31m",
    );
    g.node("42*/ fn main() { panic!() } /*22tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*22tab\there\\".into(),
        ..default()
    });
    g.title(
        "42*/ fn main() { panic!() } /*22tab\there\\",
        "*/ fn main() { panic!() } /*22tab\there\\",
    );
    g.node("422*/ fn main() { panic!() } /*402tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*402tab\there\\".into(),
        ..default()
    });
    g.title(
        "422*/ fn main() { panic!() } /*402tab\there\\",
        "*/ fn main() { panic!() } /*402tab\there\\",
    );
    g.node("426\u{202e}reversed\u{202c}406{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}406{}{{}}{0}".into(), ..default() });
    g.title("426\u{202e}reversed\u{202c}406{}{{}}{0}", "\u{202e}reversed\u{202c}406{}{{}}{0}");
    g.node("430r#\"raw\"#410fn")
        .titled("r#\"raw\"#410fn")
        .add(RewardShaper { terms: "r#\"raw\"#410fn".into(), ..default() });
    g.node("434g414\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g414\\\"); std::process::abort(); //".into(), ..default() });
    g.title("434g414\\\"); std::process::abort(); //", "g414\\\"); std::process::abort(); //");
    g.node("438\u{feff}\u{200b}zero width418\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width418\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "438\u{feff}\u{200b}zero width418\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width418\0\u{7f}\u{1b}[31m",
    );
    g.node("442*/ fn main() { panic!() } /*422tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*422tab\there\\".into(),
        ..default()
    });
    g.title(
        "442*/ fn main() { panic!() } /*422tab\there\\",
        "*/ fn main() { panic!() } /*422tab\there\\",
    );
    g.node("446\u{202e}reversed\u{202c}426{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}426{}{{}}{0}".into(), ..default() });
    g.title("446\u{202e}reversed\u{202c}426{}{{}}{0}", "\u{202e}reversed\u{202c}426{}{{}}{0}");
    g.node("450r#\"raw\"#430fn")
        .titled("r#\"raw\"#430fn")
        .add(RewardShaper { terms: "r#\"raw\"#430fn".into(), ..default() });
    g.node("454g434\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g434\\\"); std::process::abort(); //".into(), ..default() });
    g.title("454g434\\\"); std::process::abort(); //", "g434\\\"); std::process::abort(); //");
    g.node("458\u{feff}\u{200b}zero width438\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width438\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "458\u{feff}\u{200b}zero width438\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width438\0\u{7f}\u{1b}[31m",
    );
    g.node("462*/ fn main() { panic!() } /*442tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*442tab\there\\".into(),
        ..default()
    });
    g.title(
        "462*/ fn main() { panic!() } /*442tab\there\\",
        "*/ fn main() { panic!() } /*442tab\there\\",
    );
    g.node("466\u{202e}reversed\u{202c}446{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}446{}{{}}{0}".into(), ..default() });
    g.title("466\u{202e}reversed\u{202c}446{}{{}}{0}", "\u{202e}reversed\u{202c}446{}{{}}{0}");
    g.node("46\u{202e}reversed\u{202c}26{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}26{}{{}}{0}".into(), ..default() });
    g.title("46\u{202e}reversed\u{202c}26{}{{}}{0}", "\u{202e}reversed\u{202c}26{}{{}}{0}");
    g.node("470r#\"raw\"#450fn")
        .titled("r#\"raw\"#450fn")
        .add(RewardShaper { terms: "r#\"raw\"#450fn".into(), ..default() });
    g.node("474g454\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g454\\\"); std::process::abort(); //".into(), ..default() });
    g.title("474g454\\\"); std::process::abort(); //", "g454\\\"); std::process::abort(); //");
    g.node("478\u{feff}\u{200b}zero width458\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width458\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "478\u{feff}\u{200b}zero width458\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width458\0\u{7f}\u{1b}[31m",
    );
    g.node("482*/ fn main() { panic!() } /*462tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*462tab\there\\".into(),
        ..default()
    });
    g.title(
        "482*/ fn main() { panic!() } /*462tab\there\\",
        "*/ fn main() { panic!() } /*462tab\there\\",
    );
    g.node("486\u{202e}reversed\u{202c}466{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}466{}{{}}{0}".into(), ..default() });
    g.title("486\u{202e}reversed\u{202c}466{}{{}}{0}", "\u{202e}reversed\u{202c}466{}{{}}{0}");
    g.node("490r#\"raw\"#470fn")
        .titled("r#\"raw\"#470fn")
        .add(RewardShaper { terms: "r#\"raw\"#470fn".into(), ..default() });
    g.node("494g474\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g474\\\"); std::process::abort(); //".into(), ..default() });
    g.title("494g474\\\"); std::process::abort(); //", "g474\\\"); std::process::abort(); //");
    g.node("498\u{feff}\u{200b}zero width478\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width478\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "498\u{feff}\u{200b}zero width478\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width478\0\u{7f}\u{1b}[31m",
    );
    g.node("50r#\"raw\"#30fn")
        .titled("r#\"raw\"#30fn")
        .add(RewardShaper { terms: "r#\"raw\"#30fn".into(), ..default() });
    g.node("54g34\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g34\\\"); std::process::abort(); //".into(), ..default() });
    g.title("54g34\\\"); std::process::abort(); //", "g34\\\"); std::process::abort(); //");
    g.node("58\u{feff}\u{200b}zero width38\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width38\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "58\u{feff}\u{200b}zero width38\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width38\0\u{7f}\u{1b}[31m",
    );
    g.node("62*/ fn main() { panic!() } /*42tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*42tab\there\\".into(),
        ..default()
    });
    g.title(
        "62*/ fn main() { panic!() } /*42tab\there\\",
        "*/ fn main() { panic!() } /*42tab\there\\",
    );
    g.node("66\u{202e}reversed\u{202c}46{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}46{}{{}}{0}".into(), ..default() });
    g.title("66\u{202e}reversed\u{202c}46{}{{}}{0}", "\u{202e}reversed\u{202c}46{}{{}}{0}");
    g.node("6\u{202e}reversed\u{202c}")
        .titled("\u{202e}reversed\u{202c}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}".into(), ..default() });
    g.node("70r#\"raw\"#50fn")
        .titled("r#\"raw\"#50fn")
        .add(RewardShaper { terms: "r#\"raw\"#50fn".into(), ..default() });
    g.node("74g54\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g54\\\"); std::process::abort(); //".into(), ..default() });
    g.title("74g54\\\"); std::process::abort(); //", "g54\\\"); std::process::abort(); //");
    g.node("78\u{feff}\u{200b}zero width58\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width58\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "78\u{feff}\u{200b}zero width58\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width58\0\u{7f}\u{1b}[31m",
    );
    g.node("82*/ fn main() { panic!() } /*62tab\there\\").add(RewardShaper {
        terms: "*/ fn main() { panic!() } /*62tab\there\\".into(),
        ..default()
    });
    g.title(
        "82*/ fn main() { panic!() } /*62tab\there\\",
        "*/ fn main() { panic!() } /*62tab\there\\",
    );
    g.node("86\u{202e}reversed\u{202c}66{}{{}}{0}")
        .add(RewardShaper { terms: "\u{202e}reversed\u{202c}66{}{{}}{0}".into(), ..default() });
    g.title("86\u{202e}reversed\u{202c}66{}{{}}{0}", "\u{202e}reversed\u{202c}66{}{{}}{0}");
    g.node("90r#\"raw\"#70fn")
        .titled("r#\"raw\"#70fn")
        .add(RewardShaper { terms: "r#\"raw\"#70fn".into(), ..default() });
    g.node("94g74\\\"); std::process::abort(); //")
        .add(RewardShaper { terms: "g74\\\"); std::process::abort(); //".into(), ..default() });
    g.title("94g74\\\"); std::process::abort(); //", "g74\\\"); std::process::abort(); //");
    g.node("98\u{feff}\u{200b}zero width78\0\u{7f}\u{1b}[31m").add(RewardShaper {
        terms: "\u{feff}\u{200b}zero width78\0\u{7f}\u{1b}[31m".into(),
        ..default()
    });
    g.title(
        "98\u{feff}\u{200b}zero width78\0\u{7f}\u{1b}[31m",
        "\u{feff}\u{200b}zero width78\0\u{7f}\u{1b}[31m",
    );

    g.section("\\\"); std::process::abort(); //");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n",
        "\n\
         #![feature(x)]\n",
    );
    g.node(3).titled("\r\n}\r\nfn evil() { std::process::abort() }\r\n").add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n"
            .into(),
        ..default()
    });

    g.section("{}{{}}{0}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph", "\u{2028}line\u{2029}paragraph");
    g.node(7)
        .titled("\u{2066}isolated\u{2069}")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}".into(), ..default() });

    g.section("fn");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  ", "  leading and trailing  ");
    g.node(11).titled("'a").add(RewardShaper { terms: "'a".into(), ..default() });

    g.section("tab\there\\");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"0\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"0\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(15).titled("default").add(RewardShaper { terms: "default".into(), ..default() });

    g.section("\\\"); std::process::abort(); //1r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n4'a",
        "\n\
         #![feature(x)]\n\
         4'a",
    );
    g.node(19).titled("Größe → 🤖").add(RewardShaper { terms: "Größe → 🤖".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m9\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'12\u{2066}isolated\u{2069}", "b'\\x41'12\u{2066}isolated\u{2069}");
    g.node(23).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             3\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(23, "\r\n}\r\nfn evil() { std::process::abort() }\r\n3\n#![feature(x)]\n");

    g.section("fn13g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  16default", "  leading and trailing  16default");
    g.node(27)
        .titled("\u{2066}isolated\u{2069}7b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}7b'\\x41'".into(), ..default() });

    g.section("tab\there\\17*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"20\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"20\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(31)
        .titled("'a11\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a11\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}25\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph28Größe → 🤖", "\u{2028}line\u{2029}paragraph28Größe → 🤖");
    g.node(35)
        .titled("default15\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default15\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m29\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'32\u{2066}isolated\u{2069}", "b'\\x41'32\u{2066}isolated\u{2069}");
    g.node(39)
        .titled("Größe → 🤖19  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖19  leading and trailing  ".into(), ..default() });

    g.section("fn33g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  36default", "  leading and trailing  36default");
    g.node(43).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             23\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(43, "\r\n}\r\nfn evil() { std::process::abort() }\r\n23\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //41r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n44'a",
        "\n\
         #![feature(x)]\n\
         44'a",
    );
    g.node(47)
        .titled("\u{2066}isolated\u{2069}27b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}27b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}45\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph48Größe → 🤖", "\u{2028}line\u{2029}paragraph48Größe → 🤖");
    g.node(51)
        .titled("'a31\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a31\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m49\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'52\u{2066}isolated\u{2069}", "b'\\x41'52\u{2066}isolated\u{2069}");
    g.node(55)
        .titled("default35\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default35\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\57*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"60\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"60\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(59)
        .titled("Größe → 🤖39  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖39  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //61r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n64'a",
        "\n\
         #![feature(x)]\n\
         64'a",
    );
    g.node(63).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             43\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(63, "\r\n}\r\nfn evil() { std::process::abort() }\r\n43\n#![feature(x)]\n");

    g.section("{}{{}}{0}65\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph68Größe → 🤖", "\u{2028}line\u{2029}paragraph68Größe → 🤖");
    g.node(67)
        .titled("\u{2066}isolated\u{2069}47b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}47b'\\x41'".into(), ..default() });

    g.section("fn73g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  76default", "  leading and trailing  76default");
    g.node(71)
        .titled("'a51\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a51\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\77*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"80\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"80\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(75)
        .titled("default55\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default55\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\\\"); std::process::abort(); //81r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n84'a",
        "\n\
         #![feature(x)]\n\
         84'a",
    );
    g.node(79)
        .titled("Größe → 🤖59  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖59  leading and trailing  ".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m89\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'92\u{2066}isolated\u{2069}", "b'\\x41'92\u{2066}isolated\u{2069}");
    g.node(83).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             63\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(83, "\r\n}\r\nfn evil() { std::process::abort() }\r\n63\n#![feature(x)]\n");

    g.section("fn93g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  96default", "  leading and trailing  96default");
    g.node(87)
        .titled("\u{2066}isolated\u{2069}67b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}67b'\\x41'".into(), ..default() });

    g.section("tab\there\\97*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"100\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"100\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(91)
        .titled("'a71\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a71\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}105\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph108Größe → 🤖",
        "\u{2028}line\u{2029}paragraph108Größe → 🤖",
    );
    g.node(95)
        .titled("default75\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default75\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m109\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'112\u{2066}isolated\u{2069}", "b'\\x41'112\u{2066}isolated\u{2069}");
    g.node(99)
        .titled("Größe → 🤖79  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖79  leading and trailing  ".into(), ..default() });

    g.section("fn113g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  116default", "  leading and trailing  116default");
    g.node(103).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             83\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(103, "\r\n}\r\nfn evil() { std::process::abort() }\r\n83\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //121r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n124'a",
        "\n\
         #![feature(x)]\n\
         124'a",
    );
    g.node(107)
        .titled("\u{2066}isolated\u{2069}87b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}87b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}125\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph128Größe → 🤖",
        "\u{2028}line\u{2029}paragraph128Größe → 🤖",
    );
    g.node(111)
        .titled("'a91\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a91\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m129\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'132\u{2066}isolated\u{2069}", "b'\\x41'132\u{2066}isolated\u{2069}");
    g.node(115)
        .titled("default95\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default95\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\137*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"140\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"140\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(119)
        .titled("Größe → 🤖99  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖99  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //141r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n144'a",
        "\n\
         #![feature(x)]\n\
         144'a",
    );
    g.node(123).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             103\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(123, "\r\n}\r\nfn evil() { std::process::abort() }\r\n103\n#![feature(x)]\n");

    g.section("{}{{}}{0}145\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph148Größe → 🤖",
        "\u{2028}line\u{2029}paragraph148Größe → 🤖",
    );
    g.node(127)
        .titled("\u{2066}isolated\u{2069}107b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}107b'\\x41'".into(), ..default() });

    g.section("fn153g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  156default", "  leading and trailing  156default");
    g.node(131)
        .titled("'a111\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a111\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\157*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"160\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"160\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(135)
        .titled("default115\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default115\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\\\"); std::process::abort(); //161r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n164'a",
        "\n\
         #![feature(x)]\n\
         164'a",
    );
    g.node(139)
        .titled("Größe → 🤖119  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖119  leading and trailing  ".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m169\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'172\u{2066}isolated\u{2069}", "b'\\x41'172\u{2066}isolated\u{2069}");
    g.node(143).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             123\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(143, "\r\n}\r\nfn evil() { std::process::abort() }\r\n123\n#![feature(x)]\n");

    g.section("fn173g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  176default", "  leading and trailing  176default");
    g.node(147)
        .titled("\u{2066}isolated\u{2069}127b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}127b'\\x41'".into(), ..default() });

    g.section("tab\there\\177*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"180\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"180\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(151)
        .titled("'a131\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a131\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}185\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph188Größe → 🤖",
        "\u{2028}line\u{2029}paragraph188Größe → 🤖",
    );
    g.node(155)
        .titled("default135\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default135\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m189\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'192\u{2066}isolated\u{2069}", "b'\\x41'192\u{2066}isolated\u{2069}");
    g.node(159)
        .titled("Größe → 🤖139  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖139  leading and trailing  ".into(), ..default() });

    g.section("fn193g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  196default", "  leading and trailing  196default");
    g.node(163).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             143\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(163, "\r\n}\r\nfn evil() { std::process::abort() }\r\n143\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //201r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n204'a",
        "\n\
         #![feature(x)]\n\
         204'a",
    );
    g.node(167)
        .titled("\u{2066}isolated\u{2069}147b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}147b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}205\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph208Größe → 🤖",
        "\u{2028}line\u{2029}paragraph208Größe → 🤖",
    );
    g.node(171)
        .titled("'a151\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a151\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m209\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'212\u{2066}isolated\u{2069}", "b'\\x41'212\u{2066}isolated\u{2069}");
    g.node(175)
        .titled("default155\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default155\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\217*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"220\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"220\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(179)
        .titled("Größe → 🤖159  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖159  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //221r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n224'a",
        "\n\
         #![feature(x)]\n\
         224'a",
    );
    g.node(183).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             163\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(183, "\r\n}\r\nfn evil() { std::process::abort() }\r\n163\n#![feature(x)]\n");

    g.section("{}{{}}{0}225\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph228Größe → 🤖",
        "\u{2028}line\u{2029}paragraph228Größe → 🤖",
    );
    g.node(187)
        .titled("\u{2066}isolated\u{2069}167b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}167b'\\x41'".into(), ..default() });

    g.section("fn233g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  236default", "  leading and trailing  236default");
    g.node(191)
        .titled("'a171\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a171\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\237*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"240\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"240\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(195)
        .titled("default175\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default175\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\\\"); std::process::abort(); //241r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n244'a",
        "\n\
         #![feature(x)]\n\
         244'a",
    );
    g.node(199)
        .titled("Größe → 🤖179  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖179  leading and trailing  ".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m249\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'252\u{2066}isolated\u{2069}", "b'\\x41'252\u{2066}isolated\u{2069}");
    g.node(203).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             183\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(203, "\r\n}\r\nfn evil() { std::process::abort() }\r\n183\n#![feature(x)]\n");

    g.section("fn253g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  256default", "  leading and trailing  256default");
    g.node(207)
        .titled("\u{2066}isolated\u{2069}187b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}187b'\\x41'".into(), ..default() });

    g.section("tab\there\\257*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"260\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"260\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(211)
        .titled("'a191\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a191\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}265\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph268Größe → 🤖",
        "\u{2028}line\u{2029}paragraph268Größe → 🤖",
    );
    g.node(215)
        .titled("default195\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default195\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m269\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'272\u{2066}isolated\u{2069}", "b'\\x41'272\u{2066}isolated\u{2069}");
    g.node(219)
        .titled("Größe → 🤖199  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖199  leading and trailing  ".into(), ..default() });

    g.section("fn273g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  276default", "  leading and trailing  276default");
    g.node(223).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             203\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(223, "\r\n}\r\nfn evil() { std::process::abort() }\r\n203\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //281r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n284'a",
        "\n\
         #![feature(x)]\n\
         284'a",
    );
    g.node(227)
        .titled("\u{2066}isolated\u{2069}207b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}207b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}285\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph288Größe → 🤖",
        "\u{2028}line\u{2029}paragraph288Größe → 🤖",
    );
    g.node(231)
        .titled("'a211\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a211\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m289\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'292\u{2066}isolated\u{2069}", "b'\\x41'292\u{2066}isolated\u{2069}");
    g.node(235)
        .titled("default215\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default215\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\297*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"300\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"300\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(239)
        .titled("Größe → 🤖219  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖219  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //301r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n304'a",
        "\n\
         #![feature(x)]\n\
         304'a",
    );
    g.node(243).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             223\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(243, "\r\n}\r\nfn evil() { std::process::abort() }\r\n223\n#![feature(x)]\n");

    g.section("{}{{}}{0}305\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph308Größe → 🤖",
        "\u{2028}line\u{2029}paragraph308Größe → 🤖",
    );
    g.node(247)
        .titled("\u{2066}isolated\u{2069}227b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}227b'\\x41'".into(), ..default() });

    g.section("fn313g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  316default", "  leading and trailing  316default");
    g.node(251)
        .titled("'a231\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a231\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\317*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"320\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"320\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(255)
        .titled("default235\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default235\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\\\"); std::process::abort(); //321r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n324'a",
        "\n\
         #![feature(x)]\n\
         324'a",
    );
    g.node(259)
        .titled("Größe → 🤖239  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖239  leading and trailing  ".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m329\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'332\u{2066}isolated\u{2069}", "b'\\x41'332\u{2066}isolated\u{2069}");
    g.node(263).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             243\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(263, "\r\n}\r\nfn evil() { std::process::abort() }\r\n243\n#![feature(x)]\n");

    g.section("fn333g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  336default", "  leading and trailing  336default");
    g.node(267)
        .titled("\u{2066}isolated\u{2069}247b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}247b'\\x41'".into(), ..default() });

    g.section("tab\there\\337*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"340\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"340\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(271)
        .titled("'a251\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a251\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}345\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph348Größe → 🤖",
        "\u{2028}line\u{2029}paragraph348Größe → 🤖",
    );
    g.node(275)
        .titled("default255\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default255\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m349\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'352\u{2066}isolated\u{2069}", "b'\\x41'352\u{2066}isolated\u{2069}");
    g.node(279)
        .titled("Größe → 🤖259  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖259  leading and trailing  ".into(), ..default() });

    g.section("fn353g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  356default", "  leading and trailing  356default");
    g.node(283).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             263\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(283, "\r\n}\r\nfn evil() { std::process::abort() }\r\n263\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //361r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n364'a",
        "\n\
         #![feature(x)]\n\
         364'a",
    );
    g.node(287)
        .titled("\u{2066}isolated\u{2069}267b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}267b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}365\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph368Größe → 🤖",
        "\u{2028}line\u{2029}paragraph368Größe → 🤖",
    );
    g.node(291)
        .titled("'a271\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a271\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m369\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'372\u{2066}isolated\u{2069}", "b'\\x41'372\u{2066}isolated\u{2069}");
    g.node(295)
        .titled("default275\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default275\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\377*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"380\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"380\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(299)
        .titled("Größe → 🤖279  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖279  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //381r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n384'a",
        "\n\
         #![feature(x)]\n\
         384'a",
    );
    g.node(303).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             283\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(303, "\r\n}\r\nfn evil() { std::process::abort() }\r\n283\n#![feature(x)]\n");

    g.section("{}{{}}{0}385\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph388Größe → 🤖",
        "\u{2028}line\u{2029}paragraph388Größe → 🤖",
    );
    g.node(307)
        .titled("\u{2066}isolated\u{2069}287b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}287b'\\x41'".into(), ..default() });

    g.section("fn393g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  396default", "  leading and trailing  396default");
    g.node(311)
        .titled("'a291\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a291\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\397*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"400\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"400\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(315)
        .titled("default295\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default295\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\\\"); std::process::abort(); //401r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n404'a",
        "\n\
         #![feature(x)]\n\
         404'a",
    );
    g.node(319)
        .titled("Größe → 🤖299  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖299  leading and trailing  ".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m409\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'412\u{2066}isolated\u{2069}", "b'\\x41'412\u{2066}isolated\u{2069}");
    g.node(323).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             303\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(323, "\r\n}\r\nfn evil() { std::process::abort() }\r\n303\n#![feature(x)]\n");

    g.section("fn413g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  416default", "  leading and trailing  416default");
    g.node(327)
        .titled("\u{2066}isolated\u{2069}307b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}307b'\\x41'".into(), ..default() });

    g.section("tab\there\\417*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"420\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"420\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(331)
        .titled("'a311\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a311\"); std::process::abort(); (\"".into(), ..default() });

    g.section("{}{{}}{0}425\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph428Größe → 🤖",
        "\u{2028}line\u{2029}paragraph428Größe → 🤖",
    );
    g.node(335)
        .titled("default315\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default315\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m429\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'432\u{2066}isolated\u{2069}", "b'\\x41'432\u{2066}isolated\u{2069}");
    g.node(339)
        .titled("Größe → 🤖319  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖319  leading and trailing  ".into(), ..default() });

    g.section("fn433g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  436default", "  leading and trailing  436default");
    g.node(343).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             323\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(343, "\r\n}\r\nfn evil() { std::process::abort() }\r\n323\n#![feature(x)]\n");

    g.section("\\\"); std::process::abort(); //441r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n444'a",
        "\n\
         #![feature(x)]\n\
         444'a",
    );
    g.node(347)
        .titled("\u{2066}isolated\u{2069}327b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}327b'\\x41'".into(), ..default() });

    g.section("{}{{}}{0}445\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph448Größe → 🤖",
        "\u{2028}line\u{2029}paragraph448Größe → 🤖",
    );
    g.node(351)
        .titled("'a331\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a331\"); std::process::abort(); (\"".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m449\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'452\u{2066}isolated\u{2069}", "b'\\x41'452\u{2066}isolated\u{2069}");
    g.node(355)
        .titled("default335\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default335\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("tab\there\\457*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"460\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"460\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );
    g.node(359)
        .titled("Größe → 🤖339  leading and trailing  ")
        .add(RewardShaper { terms: "Größe → 🤖339  leading and trailing  ".into(), ..default() });

    g.section("\\\"); std::process::abort(); //461r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n464'a",
        "\n\
         #![feature(x)]\n\
         464'a",
    );
    g.node(363).add(RewardShaper {
        terms: "\r\n\
             }\r\n\
             fn evil() { std::process::abort() }\r\n\
             343\n\
             #![feature(x)]\n"
            .into(),
        ..default()
    });
    g.title(363, "\r\n}\r\nfn evil() { std::process::abort() }\r\n343\n#![feature(x)]\n");

    g.section("{}{{}}{0}465\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph468Größe → 🤖",
        "\u{2028}line\u{2029}paragraph468Größe → 🤖",
    );
    g.node(367)
        .titled("\u{2066}isolated\u{2069}347b'\\x41'")
        .add(RewardShaper { terms: "\u{2066}isolated\u{2069}347b'\\x41'".into(), ..default() });

    g.section("fn473g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  476default", "  leading and trailing  476default");
    g.node(371)
        .titled("'a351\"); std::process::abort(); (\"")
        .add(RewardShaper { terms: "'a351\"); std::process::abort(); (\"".into(), ..default() });

    g.section("tab\there\\477*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.node(375)
        .titled("default355\u{2028}line\u{2029}paragraph")
        .add(RewardShaper { terms: "default355\u{2028}line\u{2029}paragraph".into(), ..default() });

    g.section("\0\u{7f}\u{1b}[31m");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'", "b'\\x41'");

    g.section("{}{{}}{0}5\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph8Größe → 🤖", "\u{2028}line\u{2029}paragraph8Größe → 🤖");

    g.section("\\\"); std::process::abort(); //21r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n24'a",
        "\n\
         #![feature(x)]\n\
         24'a",
    );

    g.section("tab\there\\37*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"40\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"40\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn53g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  56default", "  leading and trailing  56default");

    g.section("\0\u{7f}\u{1b}[31m69\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'72\u{2066}isolated\u{2069}", "b'\\x41'72\u{2066}isolated\u{2069}");

    g.section("{}{{}}{0}85\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("\u{2028}line\u{2029}paragraph88Größe → 🤖", "\u{2028}line\u{2029}paragraph88Größe → 🤖");

    g.section("\\\"); std::process::abort(); //101r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n104'a",
        "\n\
         #![feature(x)]\n\
         104'a",
    );

    g.section("tab\there\\117*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"120\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"120\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn133g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  136default", "  leading and trailing  136default");

    g.section("\0\u{7f}\u{1b}[31m149\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'152\u{2066}isolated\u{2069}", "b'\\x41'152\u{2066}isolated\u{2069}");

    g.section("{}{{}}{0}165\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph168Größe → 🤖",
        "\u{2028}line\u{2029}paragraph168Größe → 🤖",
    );

    g.section("\\\"); std::process::abort(); //181r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n184'a",
        "\n\
         #![feature(x)]\n\
         184'a",
    );

    g.section("tab\there\\197*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"200\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"200\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn213g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  216default", "  leading and trailing  216default");

    g.section("\0\u{7f}\u{1b}[31m229\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'232\u{2066}isolated\u{2069}", "b'\\x41'232\u{2066}isolated\u{2069}");

    g.section("{}{{}}{0}245\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph248Größe → 🤖",
        "\u{2028}line\u{2029}paragraph248Größe → 🤖",
    );

    g.section("\\\"); std::process::abort(); //261r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n264'a",
        "\n\
         #![feature(x)]\n\
         264'a",
    );

    g.section("tab\there\\277*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"280\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"280\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn293g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  296default", "  leading and trailing  296default");

    g.section("\0\u{7f}\u{1b}[31m309\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'312\u{2066}isolated\u{2069}", "b'\\x41'312\u{2066}isolated\u{2069}");

    g.section("{}{{}}{0}325\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph328Größe → 🤖",
        "\u{2028}line\u{2029}paragraph328Größe → 🤖",
    );

    g.section("\\\"); std::process::abort(); //341r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n344'a",
        "\n\
         #![feature(x)]\n\
         344'a",
    );

    g.section("tab\there\\357*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"360\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"360\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn373g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  376default", "  leading and trailing  376default");

    g.section("\0\u{7f}\u{1b}[31m389\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'392\u{2066}isolated\u{2069}", "b'\\x41'392\u{2066}isolated\u{2069}");

    g.section("{}{{}}{0}405\u{feff}\u{200b}zero width");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\u{2028}line\u{2029}paragraph408Größe → 🤖",
        "\u{2028}line\u{2029}paragraph408Größe → 🤖",
    );

    g.section("\\\"); std::process::abort(); //421r#\"raw\"#");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\n#![feature(x)]\n424'a",
        "\n\
         #![feature(x)]\n\
         424'a",
    );

    g.section("tab\there\\437*/ fn main() { panic!() } /*");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note(
        "\"); std::process::abort(); (\"440\r\n}\r\nfn evil() { std::process::abort() }\r\n",
        "\"); std::process::abort(); (\"440\r\n\
         }\r\n\
         fn evil() { std::process::abort() }\r\n",
    );

    g.section("fn453g");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("  leading and trailing  456default", "  leading and trailing  456default");

    g.section("\0\u{7f}\u{1b}[31m469\u{202e}reversed\u{202c}");
    g.note("in it", "so that the section is not empty");
    g.note("in it", "so that the section is not empty");
    g.note("b'\\x41'472\u{2066}isolated\u{2069}", "b'\\x41'472\u{2066}isolated\u{2069}");
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = hostile;

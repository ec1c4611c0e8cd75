"""What a prompt template may say, and how it is told what it may not."""

import pytest

from llamachat.chat.message import Message
from llamachat.chat.prompt_parser import PromptTemplateError, parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate, Variable
from llamachat.engine.params import SamplingParams


def parse(text: str) -> PromptTemplate:
    return parse_prompt_template(text, name="t", source="t.toml")


def refusal(text: str) -> PromptTemplateError:
    with pytest.raises(PromptTemplateError) as raised:
        parse(text)
    return raised.value


def test_empty_file_is_a_plain_transcript() -> None:
    dialog = parse("").fill()
    assert (dialog.form, dialog.user, dialog.assistant) == ("transcript", "User", "Assistant")
    assert dialog.reverse_prompts == ("User:",)
    assert (dialog.in_prefix, dialog.in_suffix, dialog.separator) == (
        "User: ",
        "\nAssistant:",
        "\n",
    )
    assert dialog.n_keep == -1
    assert dialog.params().sampling == SamplingParams()


def test_chat_form_has_no_reverse_prompts_of_its_own() -> None:
    dialog = parse('form = "chat"').fill()
    assert (dialog.form, dialog.reverse_prompts, dialog.in_prefix) == ("chat", (), "")


def test_everything_that_can_be_written_is_read() -> None:
    template = parse(
        """
        description = "d"
        preamble = "P ${city}"
        reverse_prompts = ["${user}:", "###"]
        in_prefix = "[${user}] "
        in_suffix = " [${assistant}]"
        separator = "--"
        n_keep = 7
        line_endings = true
        [roles]
        user = "U"
        assistant = "A"
        [[greeting]]
        user = "Hi ${assistant}"
        assistant = "Hi ${user}"
        [[greeting]]
        assistant = "Well?"
        [sampling]
        temp = 0
        top_k = 5
        dry_sequence_breakers = ["x"]
        [variables]
        city = "Paris"
        """
    )
    dialog = template.fill()
    assert template.description == "d"
    assert (dialog.in_prefix, dialog.in_suffix, dialog.separator) == ("[U] ", " [A]", "--")
    assert dialog.greeting == (
        Message("user", "Hi A"),
        Message("assistant", "Hi U"),
        Message("assistant", "Well?"),
    )
    params = dialog.params()
    assert params.stop == ("U:", "###")
    assert params.n_keep == 7
    assert dialog.line_endings
    assert params.sampling == SamplingParams(temp=0.0, top_k=5, dry_sequence_breakers=("x",))


def test_variables_are_declared_with_defaults_or_questions_or_only_used() -> None:
    template = parse(
        'preamble = "${a}${b}${c}"\n[variables]\na = "1"\n'
        'b = { ask = "Which?" }\nd = { default = "2", ask = "Why?" }'
    )
    assert template.variables == (
        Variable("a", "1"),
        Variable("b", None, "Which?"),
        Variable("d", "2", "Why?"),
        Variable("c"),
    )


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('descripton = "x"', "line 1, column 1: there is no key 'descripton'", "description?"),
        (
            '[roles]\nuser = "U"\nbot = "B"',
            "line 3, column 1: there is no key 'bot' in [roles]",
            "",
        ),
        ("[sampling]\ntemprature = 1", "there is no key 'temprature' in [sampling]", "temp?"),
        ("[sampling]\ntop_k = 1.5", "line 2, column 1: top_k must be a whole number", ""),
        ("[sampling]\nrepeat_penalty = 0", "line 2, column 1: The repeat penalty", ""),
        ('[sampling]\nlogit_bias = ["x"]', "there is no key 'logit_bias'", ""),
        ("[[greeting]]\nuser = 1", "line 2, column 1: user must be text", ""),
        ("[[greeting]]", "line 1, column 1: a greeting needs words", ""),
        ('form = "both"', 'line 1, column 1: form must be "transcript", "chat" or', ""),
        ('form = "chat"\nin_prefix = "x"', "line 2, column 1: in_prefix has no meaning", ""),
        ("n_keep = -2", "n_keep must be -1", ""),
        ("line_endings = 1", "line_endings must be true or false", ""),
        ('preamble = """\n\nx ${a b}"""', "line 3, column 3: ${a b} is not a variable", "$${"),
        (
            '[[greeting]]\nuser = "x"\n[[greeting]]\nsystem = "x"',
            "line 4, column 1: there is no key 'system' in [greeting]",
            "",
        ),
        ("[sampling]\ntemp = 'x'", "line 2, column 1: temp must be a number", ""),
        (
            "[sampling]\ngrammar = 'a'\njson_schema = 'b'",
            "line 1, column 1: A grammar and a JSON schema exclude each other",
            "",
        ),
        ('reverse_prompts = [""]', "a reverse prompt must not be empty", ""),
        ('reverse_prompts = "x"', "must be a list of texts", ""),
        ('preamble = "${"', "line 1, column 13: ${ is not a variable", "$${"),
        ('separator = "${topic}"', "separator must not use ${topic}", ""),
        ('[roles]\nuser = "A\\nB"', "line 2, column 1: user must be one line", ""),
        ('[roles]\nuser = ""', "line 2, column 1: user must be one line", ""),
        ('[variables]\nuser = "x"', "'user' can not be the name of a variable", "[roles]"),
        ('[variables]\n"a b" = "x"', "'a b' can not be the name of a variable", ""),
        ("[variables]\na = 1", "line 2, column 1: a must be text", ""),
        ('[variables]\na = { defalt = "x" }', "there is no key 'defalt'", "default?"),
    ],
)
def test_wrong_file_is_refused_with_its_place(text: str, message: str, hint: str) -> None:
    refused = refusal(text)
    assert refused.message.startswith("t.toml, line ")
    assert message in refused.message
    assert hint in refused.hint


def test_all_faults_of_a_file_are_found_in_the_order_of_their_lines() -> None:
    refused = refusal(
        """
        descripton = "x"
        form = "chat"
        separator = "x"
        [roles]
        user = ""
        [[greeting]]
        assistant = 3
        [sampling]
        temp = "hot"
        top_k = -1.5
        [variables]
        date = "never"
        """
    )
    assert [(fault.line, fault.column) for fault in refused.faults] == [
        (line, 9) for line in (2, 4, 6, 8, 10, 11, 13)
    ]
    assert refused.message == refused.faults[0].message


def test_auto_form_has_both_layouts() -> None:
    dialog = parse('form = "auto"\npreamble = "P"').fill()
    transcript = dialog.settled(has_chat_template=False)
    assert (transcript.form, transcript.in_prefix) == ("transcript", "User: ")
    assert transcript.reverse_prompts == ("User:",)
    chat = dialog.settled(has_chat_template=True)
    assert chat == parse('form = "chat"\npreamble = "P"').fill()

"""What a prompt template may say, and how it is told what it may not."""

import pytest

from llamachat.chat.message import Message
from llamachat.chat.prompt_parser import parse_prompt_template
from llamachat.chat.prompt_template import PromptTemplate, Variable
from llamachat.engine.params import SamplingParams
from llamachat.errors import UsageError


def parse(text: str) -> PromptTemplate:
    return parse_prompt_template(text, name="t", source="t.toml")


def refusal(text: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
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
        ("[sampling]\nrepeat_penalty = 0", "line 1, column 1: The repeat penalty", ""),
        ('[sampling]\nlogit_bias = ["x"]', "there is no key 'logit_bias'", ""),
        ("[[greeting]]\nuser = 1", "line 2, column 1: user must be text", ""),
        ("[[greeting]]", "line 1, column 1: a greeting needs words", ""),
        ('form = "both"', 'line 1, column 1: form must be "transcript" or "chat"', ""),
        ('form = "chat"\nin_prefix = "x"', "line 2, column 1: in_prefix has no meaning", ""),
        ("n_keep = -2", "n_keep must be -1", ""),
        ('reverse_prompts = [""]', "a reverse prompt must not be empty", ""),
        ('reverse_prompts = "x"', "must be a list of texts", ""),
        ('preamble = "${"', "line 1, column 1: ${ is not a variable", "$${"),
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

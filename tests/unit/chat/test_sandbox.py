"""What a hostile chat template can not do: reach Python, fill the memory, run for ever."""

import tracemalloc

import pytest

from llamachat.chat import render_budget
from llamachat.chat.chat_template import ChatTemplate
from llamachat.chat.message import Message
from llamachat.engine.prompt import prompt_text
from llamachat.errors import ModelError

LONG = "{% set s = 'x' * 999999 %}"
TEXT = "{% set n = namespace(x='ab') %}{% for i in range(99) %}"
NUMBER = "{% set n = namespace(x=3) %}{% for i in range(99) %}"
NESTED = (
    "{% set n = namespace(l=[1]) %}{% for i in range(40) %}{% set n.l = [n.l, n.l] %}{% endfor %}"
)

EXPENSIVE = {
    "a huge range": "{% for i in range(10 ** 9) %}x{% endfor %}",
    "loops in loops": "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}",
    "repetition": "{{ 'x' * 10 ** 10 }}",
    "repetition of lists": "{{ [1] * 10 ** 10 }}",
    "powers": "{{ 9 ** (9 ** 9) }}",
    "squares": NUMBER + "{% set n.x = n.x * n.x %}{% endfor %}",
    "doubling by +": TEXT + "{% set n.x = n.x + n.x %}{% endfor %}",
    "doubling by ~": TEXT + "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "doubling by blocks": TEXT + "{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}"
    "{% endfor %}",
    "endless recursion": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "padding": "{{ 'x'.ljust(10 ** 9) }}",
    "wide formats": "{{ '%9999999999d' % 1 }}",
    "computed widths": "{{ '{:{}}'.format('a', 10 ** 10) }}",
    "wide dates": "{{ strftime_now('%9999999999Y') }}",
    "replacement": "{% set s = 'a' * 99999 %}{{ s.replace('a', s) }}",
    "replacement by filter": "{% set s = 'a' * 99999 %}{{ s | replace('a', s) }}",
    "joining": "{{ ('x' * 99999).join(range(99999) | map('string') | list) }}",
    "joining by filter": "{{ range(99999) | join('x' * 99999) }}",
    "nested lists as JSON": NESTED + "{{ n.l | tojson }}",
    "nested lists as text": NESTED + "{{ n.l }}",
    "nested lists in ~": NESTED + "{{ 'a' ~ n.l }}",
    "nested lists in formats": NESTED + "{{ '%s' % n.l }}",
    "many slices": LONG + "{% set n = namespace(l=[]) %}{% for i in range(9999) %}"
    "{% set n.l = n.l + [s[1:]] %}{% endfor %}",
    "many copies": LONG + "{{ ([s] * 1000) | map('upper') | list | length }}",
    "deep brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "wide JSON": "{{ [1] | tojson(indent=10 ** 9) }}",
    "wide indents": "{{ 'a\nb' | indent(10 ** 9) }}",
}  # fmt: skip


@pytest.mark.parametrize("what", EXPENSIVE)
def test_expensive_chat_template_ends_in_one_sentence_and_little_memory(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render_budget, "MAX_WORK", 2_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError) as raised:
            ChatTemplate(EXPENSIVE[what]).render([Message("user", "hi")])
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
    assert "\n" not in raised.value.message


@pytest.mark.parametrize(
    "escape",
    [
        "{{ ''.__class__ }}",
        "{{ '' | attr('__class__') }}",
        "{{ raise_exception.__globals__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ messages.append(1) }}",
        "{{ lipsum(9) }}",
        "{% import 'os' as os %}",
    ],
)
def test_chat_template_does_not_reach_python(escape: str) -> None:
    try:
        text = prompt_text(ChatTemplate(escape).render([Message("user", "hi")]))
    except ModelError:
        return
    assert text == ""


def test_a_long_chat_is_within_the_budget() -> None:
    plain = "{% for m in messages %}{{ '<' ~ m.role ~ '>' + m.content | trim + '\n' }}{% endfor %}"
    talk = [Message("user", "word " * 100), Message("assistant", "answer " * 100)] * 1000
    assert len(prompt_text(ChatTemplate(plain).render(talk))) > 1_000_000

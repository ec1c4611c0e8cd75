"""One answer: `llamachat -p "…" -n 128`. The model's text to standard output, nothing else.

A loop over the engine's events that notices a reader who left, Ctrl+C and the death of the engine.
The engine runs in this process once the capability ladder has proved its kernels. Knows nothing of
dialogs that go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from llamachat.chat.one_shot import OneShot, one_shot
from llamachat.cli.answer_json import answer_json
from llamachat.cli.colour import PLAIN, YELLOW, coloured
from llamachat.cli.failure import report
from llamachat.cli.flags.given import Given
from llamachat.cli.form import asked_conversation, asked_dialog, asked_system
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.output import Output
from llamachat.cli.prompt_cache import PromptCache
from llamachat.cli.remote import open_speaker, speaking_model
from llamachat.cli.settings import drawn_seed, generate_params, limited
from llamachat.cli.status_line import Prefill
from llamachat.cli.story import Story
from llamachat.cli.timings import short_line, table
from llamachat.engine.base import Chunk, Done, Engine, Prefilled, Trimmed
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt, prompt_text
from llamachat.errors import ExitCode, UsageError

SLOW_PREFILL = 1.0
"""seconds of prefill before its progress is shown"""


class SingleAnswer:
    """The answer to one text, on its way to standard output."""

    def __init__(self, given: Given, story: Story, output: Output) -> None:
        self._given = given
        self._story = story
        self._output = output
        self._json = given.on("json")
        self._text: list[str] = []
        self._trimmed = False
        self._trim_start = False

    def run(self, text: str) -> int:
        """Answer `text`; returns the exit code."""
        if not text:
            raise UsageError("The prompt is empty.", 'Give one: llamachat -p "Once upon a time"')
        generate_params(self._given, GenerateParams())  # refuse before a model is loaded
        cache = PromptCache(self._given, self._story)
        dialog = asked_dialog(self._given)
        model = speaking_model(self._given, self._story)
        if model.notice:
            self._story.say(model.notice)
        with (
            Interrupts(before_leaving=self._story.leave) as interrupts,
            open_speaker(self._given, model.path, self._story, isolated=False) as engine,
        ):
            asked = one_shot(
                text,
                engine.info,
                dialog=dialog,
                conversation=asked_conversation(self._given),
                system=asked_system(self._given),
            )
            params = generate_params(self._given, asked.params)
            params = drawn_seed(limited(self._given, params, model.n_predict))
            done = self._perform(engine, asked, params, interrupts, cache)
            if interrupts.received:
                return interrupts.exit_code
        return report(done.fault) if done.fault is not None else ExitCode.OK

    def _perform(
        self,
        engine: Engine,
        asked: OneShot,
        params: GenerateParams,
        interrupts: Interrupts,
        cache: PromptCache,
    ) -> Done:
        self._trim_start = asked.dialog is not None and asked.dialog.form == "transcript"
        self._show_prompt(engine, asked.prompt)
        self._read(engine, cache.fill(engine, asked.prompt), interrupts)
        if interrupts.received:
            return Done("cancelled")
        done = cache.finish(engine, self._answer(engine, asked.prompt, params, interrupts))
        self._finish(engine, done, params)
        return done

    def _read(self, engine: Engine, steps: Iterator[Prefilled], interrupts: Interrupts) -> None:
        """What a prompt cache has evaluated before the answer."""
        status = self._story.status_line(SLOW_PREFILL)
        progress = Prefill(status)
        interrupts.aim(engine.cancel)
        try:
            for step in steps:
                progress(step.done, step.total)
                if interrupts.received:
                    engine.cancel()
        finally:
            status.clear()

    def _answer(
        self, engine: Engine, prompt: Prompt, params: GenerateParams, interrupts: Interrupts
    ) -> Done:
        """Pass the events on; whatever raises here ends the generation too."""
        status = self._story.status_line(SLOW_PREFILL)
        progress = Prefill(status)
        interrupts.aim(engine.cancel)
        events = engine.generate(prompt, params)
        interrupts.aim(engine.cancel)  # again: beginning an answer forgets an earlier cancel
        try:
            for event in events:
                match event:
                    case Prefilled():
                        progress(event.done, event.total)
                    case Chunk():
                        self._take(event.text)
                    case Trimmed():
                        self._say_trimmed(event)
                    case Done():
                        return event
        finally:
            status.clear()
        raise AssertionError("a stream ends with Done")

    def _take(self, text: str) -> None:
        """In a transcript the space after the name is structure, not the answer's."""
        if self._trim_start:
            text = text.lstrip()
            self._trim_start = not text
        if self._json:
            self._text.append(text)
        else:
            self._output.write(text)

    def _say_trimmed(self, event: Trimmed) -> None:
        """Once: an endless answer drops text again and again."""
        if not self._trimmed:
            self._story.say(
                f"The context is full: from now on the oldest text is dropped ({event.tokens} "
                "tokens the first time)."
            )
        self._trimmed = True

    def _show_prompt(self, engine: Engine, prompt: Prompt) -> None:
        if self._given.on("verbose_prompt"):
            self._story.say(f"prompt: '{prompt_text(prompt)}'")
            self._story.say(f"number of tokens in prompt = {engine.count(prompt)}\n")
        if self._given.on("display_prompt") and not self._json:
            shows = coloured(self._given, self._story.terminal)
            self._output.control(YELLOW if shows else "")
            self._output.write(prompt_text(prompt))
            self._output.control(PLAIN if shows else "")

    def _finish(self, engine: Engine, done: Done, params: GenerateParams) -> None:
        if self._json:
            text, seed = "".join(self._text), params.sampling.seed
            self._output.write(answer_json(text, done, engine.info, seed=seed) + "\n")
        self._output.end_line()
        if done.reason == "context":
            more = "-c gives more room, --context-shift goes on without the oldest text."
            self._story.say(
                f"The context of {engine.info.n_ctx} tokens is full: the answer ends here. "
                f"{'' if engine.info.server else more}".rstrip()
            )
        if self._given.on("show_timings") and done.usage.generated:
            self._story.say("\n" + short_line(done))
        if self._given.on("perf"):
            self._story.say(table(done, engine.info))

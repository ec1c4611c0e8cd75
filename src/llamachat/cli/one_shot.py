"""One answer: `llamachat -p "…" -n 128`. The model's text to standard output, nothing else.

A loop over the engine's events that notices a reader who left, Ctrl+C and the death of the engine.
The engine runs in this process once the capability ladder has proved its kernels. Knows nothing of
dialogs.
"""

from __future__ import annotations

from llamachat.cli.answer_json import answer_json
from llamachat.cli.failure import report
from llamachat.cli.flags.given import Given
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.loading import chosen_model, load
from llamachat.cli.output import Output
from llamachat.cli.settings import drawn_seed, generate_params
from llamachat.cli.status_line import Prefill
from llamachat.cli.story import Story
from llamachat.cli.timings import short_line, table
from llamachat.engine.base import Chunk, Done, Engine, Prefilled, Trimmed
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt, prompt_text, raw_prompt
from llamachat.errors import ExitCode, UsageError

SLOW_PREFILL = 1.0
"""seconds of prefill before its progress is shown"""


class OneShot:
    """The answer to one prompt, on its way to standard output."""

    def __init__(self, given: Given, story: Story, output: Output) -> None:
        self._given = given
        self._story = story
        self._output = output
        self._json = given.on("json")
        self._text: list[str] = []
        self._trimmed = False

    def run(self, text: str) -> int:
        """Answer `text`; returns the exit code."""
        if not text:
            raise UsageError("The prompt is empty.", 'Give one: llamachat -p "Once upon a time"')
        params = drawn_seed(generate_params(self._given, GenerateParams()))
        model, notice = chosen_model(self._given)
        if notice:
            self._story.say(notice)
        with (
            Interrupts() as interrupts,
            load(self._given, model, self._story, isolated=False) as engine,
        ):
            prompt = raw_prompt(text)
            self._show_prompt(engine, prompt)
            done = self._answer(engine, prompt, params, interrupts)
            self._finish(engine, done, params)
            if interrupts.received:
                return interrupts.exit_code
        return report(done.fault) if done.fault is not None else ExitCode.OK

    def _answer(
        self, engine: Engine, prompt: Prompt, params: GenerateParams, interrupts: Interrupts
    ) -> Done:
        """Pass the events on; whatever raises here ends the generation too."""
        status = self._story.status_line(SLOW_PREFILL)
        progress = Prefill(status)
        events = engine.generate(prompt, params)
        interrupts.aim(engine.cancel)
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

    def _say_trimmed(self, event: Trimmed) -> None:
        """Once: an endless answer drops text again and again."""
        if not self._trimmed:
            self._story.say(
                f"The context is full: from now on the oldest text is dropped ({event.tokens} "
                "tokens the first time)."
            )
        self._trimmed = True

    def _take(self, text: str) -> None:
        if self._json:
            self._text.append(text)
        else:
            self._output.write(text)

    def _show_prompt(self, engine: Engine, prompt: Prompt) -> None:
        if self._given.on("verbose_prompt"):
            self._story.say(f"prompt: '{prompt_text(prompt)}'")
            self._story.say(f"number of tokens in prompt = {engine.count(prompt)}\n")
        if self._given.on("display_prompt") and not self._json:
            self._output.write(prompt_text(prompt))

    def _finish(self, engine: Engine, done: Done, params: GenerateParams) -> None:
        if self._json:
            text = "".join(self._text)
            seed = params.sampling.seed
            self._output.write(answer_json(text, done, engine.info, seed=seed) + "\n")
        self._output.end_line()
        if done.reason == "context":
            self._story.say(
                f"The context of {engine.info.n_ctx} tokens is full: the answer ends here. "
                "-c gives more room, --context-shift goes on without the oldest text."
            )
        if self._given.on("show_timings") and done.usage.generated:
            self._story.say("\n" + short_line(done))
        if self._given.on("perf"):
            self._story.say(table(done, engine.info))

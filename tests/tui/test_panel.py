"""What can be read on the live panel."""

import time
from dataclasses import replace

import pytest

from llamachat.bundled import BOB as BUNDLED
from llamachat.chat.meter import Figures, Meter
from llamachat.engine.base import Done, Memory, Usage
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import raw_prompt
from llamachat.hardware.memory import MemoryState, read_memory
from llamachat.tui.widgets.panel_text import rate
from tests.tui.dialog_host import until
from tests.tui.panel_app import BOB, READING, SYSTEM, WRITING, PanelApp, row, screen


async def test_writing_shows_rates_first_token_context_and_memory() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        app.panel.set_info(BOB)
        app.panel.show(WRITING)
        for label, expected in {
            "Writing": "Writing 128 tokens",
            "Generation": "Generation 7.1 t/s",
            "average": "average 6.9 t/s",
            "▂": "▂▅█",
            "Prompt": "Prompt 42.1 t/s",
            "388 new": "388 new 512 cached",
            "first token": "first token 0.42 s",
            "Context": "Context 50 %",
            "tokens": "tokens 1,028 / 2,048",
            "model": "model 4.0 GiB",
            "KV cache": "KV cache 1.0 GiB",
            "compute": "compute buffers 160 MiB",
            "engine resident": "engine resident 5.0 GiB",
            "Bob": "Bob Q8_0",
            "threads": "threads 2 (prompt 4)",
            "kernels": "kernels fast",
            "AMX": "AMX_INT8 AVX512_VNNI AVX512",
        }.items():
            assert row(app.panel, label) == expected


async def test_reading_shows_a_bar_with_counts_cached_and_eta() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        app.panel.set_info(BOB)
        app.panel.show(READING)
        assert row(app.panel, "Reading") == "Reading 50 %"
        assert row(app.panel, "700 / 900") == "700 / 900 500 cached"
        [line] = [line for line in screen(app.panel) if "24 s" in line]
        bar = line.split()[0]
        assert bar.count("━") == pytest.approx(len(bar) / 2, abs=1)


async def test_figures_do_not_move_when_they_grow() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        app.panel.set_info(BOB)
        ends = set()
        for rate in (0.04, 7.1, 99.96, 1234.5):
            app.panel.show(replace(WRITING, rate=rate))
            [line] = [line for line in screen(app.panel) if "Generation" in line]
            ends.add(len(line.rstrip()))
        assert ends == {33}


async def test_fetching_loading_restart_and_failure_are_said_in_words() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        panel = app.panel
        panel.engine = "fetching"
        assert row(panel, "Fetching") == "Fetching"
        panel.show_loading(0.456)
        assert row(panel, "Loading") == "Loading 45 %"
        panel.set_info(BOB)
        assert row(panel, "Idle") == "Idle"
        panel.restarted("after a crash")
        panel.show(Figures())
        assert row(panel, "Restarted") == "Restarted after a crash"
        panel.show(READING)
        assert row(panel, "Reading") == "Reading 50 %"
        panel.show(replace(WRITING, state="idle", done=Done("cancelled")))
        assert row(panel, "Idle") == "Idle stopped · 128 tokens"
        panel.failed("out of memory")
        panel.show(Figures())
        assert row(panel, "Failed") == "Failed out of memory"


async def test_guesses_are_counted_where_there_were_any() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 45)):
        app.panel.set_info(BOB)
        app.panel.show(
            replace(WRITING, state="idle", done=Done("eos", Usage(drafted=40, accepted=34)))
        )
        assert row(app.panel, "guesses") == "guesses right 34 / 40"
        app.panel.show(replace(WRITING, state="idle", done=Done("eos")))
        assert "guesses" not in app.panel.text


async def test_a_nearly_full_context_says_what_goes_next_and_what_went() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 45)):
        warning = "Next to go: turn 1, “Hello, Bob.”."
        app.panel.show(
            replace(
                WRITING, context_used=1800, warning=warning, dropped_turns=3, dropped_tokens=512
            )
        )
        text = " ".join(app.panel.text.split())
        assert "Context 87 %" in text
        assert "dropped 3 turns, 512 tokens" in text
        assert warning in text


async def test_the_context_bar_has_the_warning_colour_from_85_percent() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        colours = []
        for used in (1740, 1741):
            app.panel.show(replace(WRITING, context_used=used))
            [y] = [y for y, line in enumerate(screen(app.panel)) if "━" in line]
            bar = next(part for part in app.panel.render_line(y) if "━" in part.text)
            assert bar.style is not None
            colours.append(bar.style.color)
        assert app.theme_variables["warning"].lower() in str(colours[1]).lower()
        assert colours[0] != colours[1]


async def test_the_system_is_read_only_while_the_panel_can_be_seen() -> None:
    readings: list[MemoryState] = []

    def read() -> MemoryState:
        readings.append(SYSTEM)
        return SYSTEM

    app = PanelApp("-off", read)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert not readings
        app.panel.remove_class("-off")
        await until(pilot, lambda: "left of it" in app.panel.text)
        assert len(readings) == 1
        assert row(app.panel, "system available") == "system available 20.0 GiB"
        assert row(app.panel, "cgroup limit") == "cgroup limit 16.0 GiB"
        assert row(app.panel, "left of it") == "left of it 8.0 GiB"


async def test_this_machine_can_be_shown() -> None:
    app = PanelApp("", read_memory)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "iB" in row(app.panel, "system available")


async def test_without_a_model_and_with_zeros_everything_is_readable() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        app.panel.set_info(replace(BOB, name="", memory=Memory(), system_info="", rung="plain"))
        app.panel.show(Figures())
        assert row(app.panel, "Generation") == "Generation –"
        assert row(app.panel, "Context") == "Context 0 %"
        assert row(app.panel, "(no name)") == "(no name) Q8_0"
        assert row(app.panel, "kernels") == "kernels plain, slower"
        app.panel.show(Figures("writing"))
        assert row(app.panel, "Generation") == "Generation 0.0 t/s"


async def test_amx_is_not_in_use_on_the_plain_rung() -> None:
    app = PanelApp()
    async with app.run_test(size=(120, 40)):
        app.panel.set_info(replace(BOB, rung="plain"))
        assert "AMX" not in app.panel.text
        assert "AVX512_VNNI" in app.panel.text


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (WRITING, "writing 7.1 t/s · ctx 50 % · 5.0 GiB · Bob Q8_0"),
        (READING, "reading ━━━━━━────── 700 / 900 · 24 s · ctx 43 % · Bob Q8_0"),
        (replace(WRITING, state="idle"), "idle (last 6.9 t/s) · ctx 50 % · 5.0 GiB · Bob Q8_0"),
    ],
)
async def test_one_line_says_it_all_at_80_columns(figures: Figures, expected: str) -> None:
    app = PanelApp("-line")
    async with app.run_test(size=(80, 24)):
        app.panel.set_info(BOB)
        app.panel.show(figures)
        assert app.panel.size == (80, 1)
        [line] = screen(app.panel)
        assert " ".join(line.split()) == expected


async def test_one_line_warns_before_it_names_the_model() -> None:
    app = PanelApp("-line")
    async with app.run_test(size=(80, 24)):
        app.panel.set_info(BOB)
        warning = "Next to go: turn 1, “Hello, Bob.”."
        app.panel.show(replace(WRITING, context_used=1800, warning=warning))
        assert f"ctx  87 % · {warning}" in app.panel.text


async def test_one_line_shows_loading_and_failure() -> None:
    app = PanelApp("-line")
    async with app.run_test(size=(80, 24)):
        app.panel.show_loading(0.5)
        assert " ".join(app.panel.text.split()) == "loading ━━━━━━────── 50 %"
        app.panel.failed("killed by SIGKILL")
        assert app.panel.text.strip() == "failed: killed by SIGKILL"


async def test_an_answer_of_the_real_bob_can_be_followed() -> None:
    app, meter = PanelApp(), Meter()
    async with app.run_test(size=(120, 40)):
        with open_engine(BUNDLED, options=EngineOptions(BUNDLED, n_ctx=512)) as engine:
            meter.loaded(engine.info)
            app.panel.set_info(engine.info)
            meter.begin(time.monotonic())
            for event in engine.generate(raw_prompt("User: Hello\nBob:"), GenerateParams(8)):
                meter.feed(event, time.monotonic())
                app.panel.show(meter.figures(time.monotonic()))
        assert isinstance(event, Done)
        assert row(app.panel, "Bob") == "Bob Q8_0"
        assert row(app.panel, "Idle") == "Idle limit reached · 8 tokens"
        used = event.usage.prompt + 8
        assert row(app.panel, "tokens") == f"tokens {used} / 512"
        average = event.timings.decode_rate(event.usage)
        assert row(app.panel, "average") == f"average {rate(average)}"
        assert "█" in app.panel.text
        assert "MiB" in row(app.panel, "engine resident")

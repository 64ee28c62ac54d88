"""What the unit does by itself and says of itself: registering, lamps, display, trouble."""

from __future__ import annotations

from hypothesis import strategies as st

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.calendar import length
from appliance.phone.core import step
from appliance.phone.policy import SetPolicy
from appliance.phone.state import new_phone
from appliance.phone.view import view
from tests.phone.stories import Bench

KEYS = st.sampled_from([*"0123456789*#", "hold", "mute", "ok", "back", "soft1", "soft3", "line2"])


def test_do_not_disturb_refuses_and_says_so() -> None:
    bench = Bench().press("dnd")
    assert SetPolicy(2, dnd=True) in bench.did()
    assert fx.EndCall(2, 486) in bench.rung().did()
    bench.wait(4)
    assert "1 missed call" in bench.words and "dnd" in view(bench.phone).icons
    bench.press("ok").wait(4)
    assert "Do not disturb" in bench.words
    bench.press("dnd")
    assert SetPolicy(2, dnd=False) in bench.did()


def test_volume_keys_mean_the_ringer_while_it_rings() -> None:
    bench = Bench().press("volume_up")
    assert bench.did() == [fx.StepVolume("earpiece", 1)]
    bench.rung().press("volume_down")
    assert fx.StepVolume("ringer", -1) in bench.did()
    bench.feed(ev.VolumeChanged("ringer", 40))
    assert "Ringer 40 %" in bench.words


def test_a_failed_registration_says_why_and_what_to_do() -> None:
    bench = Bench(registered=False)
    assert "Registering" in bench.words and "pbx.example.com" in bench.words
    bench.feed(
        ev.RegistrationChanged(0, "failed", 401, "wrong-password", "Password not accepted", "Do.")
    )
    assert "Password not accepted" in bench.words and "Do." in bench.words
    assert "401 wrong-password" in bench.words


def test_a_registration_by_which_no_call_may_come_is_told_on_the_idle_screen() -> None:
    bench = Bench()
    assert "warning" not in view(bench.phone).icons
    bench.feed(ev.RegistrationChanged(0, "registered", 200, "nat-rewritten", "A router", "Do."))
    assert bench.mode == "idle"
    assert "A router" in bench.words
    assert "warning" in view(bench.phone).icons


def test_retries_walk_the_servers_slow_down_and_stop_at_wrong_passwords() -> None:
    bench = Bench(registered=False)
    silent = ev.RegistrationChanged(0, "failed", 0, "silent", "Silent")
    servers = []
    for _ in range(8):
        bench.feed(silent).did()
        bench.wait(400)
        servers += [effect.server for effect in bench.did() if isinstance(effect, fx.Register)]
    assert servers == [1, 0] * 4
    bench.feed(ev.RegistrationChanged(0, "registered", 200, "ok"))
    assert bench.phone.registrations[0].failures == 0


def test_wrong_passwords_are_tried_three_times_good_ones_again_and_again() -> None:
    silent = ev.RegistrationChanged(0, "failed", 0, "silent", "Silent")
    wrong = ev.RegistrationChanged(0, "failed", 401, "wrong-password", "Wrong")
    for bench, tries in ((Bench(registered=False), 2), (Bench(), 10)):
        bench.feed(*[silent] * 5).did()
        for _ in range(10):
            bench.feed(wrong).wait(1200)
        assert len([e for e in bench.did() if isinstance(e, fx.Register)]) == tries


def test_a_server_that_forbids_is_asked_with_patience() -> None:
    bench = Bench()
    for _ in range(2):
        bench.feed(ev.RegistrationChanged(0, "failed", 403, "forbidden", "No"))
    assert bench.phone.registrations[0].retry_due - bench.phone.now.monotonic >= 45


def test_a_handset_that_is_lifted_before_the_phone_is_up_is_not_forgotten() -> None:
    bench = Bench()
    bench.phone, _ = step(new_phone(bench.phone.settings), ev.HookLifted())
    assert bench.mode == "starting"
    bench.feed(ev.PhoneStarted())
    assert (bench.mode, bench.tone) == ("dial tone", "dial")
    bench.rung().press("ok").feed(ev.CallAnswered(2)).did()
    bench.feed(ev.HookReplaced())
    assert fx.EndCall(2, 486) in bench.did() and bench.mode == "idle"
    bench.phone, _ = step(new_phone(bench.phone.settings), ev.HookLifted())
    bench.feed(ev.HookReplaced(), ev.PhoneStarted())
    assert bench.mode == "idle"


def test_the_display_sleeps_and_wakes() -> None:
    bench = Bench().wait(61)
    assert fx.SetBrightness(0) in bench.did()
    assert "clock" not in dict(_timers(bench))
    bench.rung()
    assert fx.SetBrightness(100) in bench.did()
    bench.press("back").wait(59)
    assert fx.SetBrightness(0) not in bench.did()


def _timers(bench: Bench) -> tuple[tuple[str, float], ...]:
    from appliance.phone.outputs import outputs

    return outputs(bench.phone).timers


def test_an_idle_phone_wakes_once_a_minute() -> None:
    bench = Bench(sleep=0.0)
    wakes = 0
    for _ in range(60):
        before = _timers(bench)
        bench.wait(10)
        wakes += _timers(bench) != before
    assert wakes == 10


def test_messages_light_the_lamp() -> None:
    bench = Bench().feed(ev.MessagesChanged(0, 2))
    assert fx.SetLamp("message", "on") in bench.did() and "2 new messages" in bench.words
    bench.feed(ev.MessagesChanged(0, 0))
    assert fx.SetLamp("message", "off") in bench.did()


def test_a_new_phone_says_every_standing_order_once() -> None:
    from appliance.phone.outputs import first

    orders = first(new_phone(Bench().phone.settings))
    assert fx.SetTone("none") in orders and fx.SetRinger(False) in orders
    assert fx.SetAudio(0, muted=False) in orders and SetPolicy(2, dnd=False) in orders
    assert {order.lamp for order in orders if isinstance(order, fx.SetLamp)} == {
        *("call", "message", "mute")
    }


def test_trouble_is_on_the_idle_screen_until_mended() -> None:
    bench = Bench().feed(ev.ProblemFound("display", "HW-01", "Lamp is broken"))
    assert "Lamp is broken" in bench.words
    bench.feed(ev.ProblemFound("display", "", ""))
    assert "Lamp is broken" not in bench.words
    bench.feed(ev.HeadsetChanged("missing"))
    assert "No headset" in bench.words


def test_refused_settings_are_shown_until_somebody_has_seen_them() -> None:
    found = ev.ProblemFound("settings", "CONFIG-01", "deskphone.toml 2: phone.nmae: unknown key")
    bench = Bench().feed(found, ev.ProblemFound("display", "HW-02", "The display does not answer"))
    for word in ("Wrong settings", "phone.nmae", "last good ones", "CONFIG-01"):
        assert word in bench.words
    bench.feed(ev.CallIncoming(2, 0, "600"))
    assert "Wrong settings" not in bench.words
    bench.feed(ev.CallEnded(2, 487, "")).wait(60)
    assert "Wrong settings" in bench.words
    bench.press("soft2")
    assert "Wrong settings" not in bench.words
    assert "The display does not answer" in bench.words
    bench.feed(found)
    assert "Wrong settings" in bench.words
    bench.press("back").feed(ev.ProblemFound("settings", "", ""))
    assert "Wrong settings" not in bench.words


def test_length_of_calls() -> None:
    assert [length(s) for s in (-1, 0, 59.9, 60, 3599, 3600, 36061)] == [
        "0:00",
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "10:01:01",
    ]


def test_a_headset_that_goes_in_a_call_is_told_aloud_and_ends_nothing() -> None:
    bench = Bench()
    bench.talk()
    bench.feed(ev.HeadsetChanged("missing"))
    assert fx.SetRinger(True, "headset-lost") in bench.did()
    assert bench.mode == "talking" and "Headset unplugged" in bench.words
    bench.wait(4)
    assert fx.SetRinger(False) in bench.did()
    assert "Headset unplugged" in bench.words
    bench.feed(ev.HeadsetChanged("ready", "usb-1", "Headset"))
    assert "Headset unplugged" not in bench.words


def test_the_alarm_ends_with_the_headset_back_or_the_call_over() -> None:
    for event in (ev.HeadsetChanged("ready", "usb-1", "Headset"), ev.CallEnded(1)):
        bench = Bench()
        bench.talk()
        bench.feed(ev.HeadsetChanged("missing")).did()
        assert fx.SetRinger(False) in bench.feed(event).did()


def test_at_rest_a_headset_goes_without_a_noise() -> None:
    bench = Bench().feed(ev.HeadsetChanged("missing"))
    assert bench.did() == []
    assert "No headset" in bench.words

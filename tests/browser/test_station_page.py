"""A station from its ports to its rig file in real Chromium, on emulated servos that hold no calibration yet."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.clock import SystemClock
from app.devices.rigfile import RigFile
from app.devices.virtualcamera import VirtualCamera
from tests.studio import RunningStudio
from tests.wire.bus import ServoBus
from tests.wire.so101 import so101_bus

pytestmark = [pytest.mark.browser, pytest.mark.lerobot]
SLOW_MS = 360_000  # the first answer waits for LeRobot's import
CAMERAS = {"virtual-1": "top", "virtual-2": "gripper", "virtual-3": "left"}
# What each picture shows, as a few bytes of it.
SEEN = """() => [...document.querySelectorAll('.station-cameras img')].map((one) => {
  const canvas = new OffscreenCanvas(8, 6).getContext('2d');
  if (!one.naturalWidth) return '';
  canvas.drawImage(one, 0, 0, 8, 6);
  return [...canvas.getImageData(0, 0, 8, 6).data].join();
})"""
# In one go: a busy machine may take longer from one press of Playwright's to the next than the motion lasts.
MOVE_AND_STOP = """async () => {
  document.querySelector('[data-joint=shoulder_lift]').click();
  await new Promise((later) => setTimeout(later, 150));
  document.querySelector('.stop').click();
}"""
MIDDLE = (2048, 2048, 2048, 2048, 2048, 2750)


@pytest.fixture(scope="module")
def buses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ServoBus]]:
    folder = tmp_path_factory.mktemp("by-id")
    with so101_bus(folder / "usb-follower", start=MIDDLE) as follower, so101_bus(folder / "usb-leader") as leader:
        for servo in (*follower.servos, *leader.servos):  # in somebody's hand
            servo.build = type(servo.build)(servo.build.low, servo.build.high)
        yield {"follower": follower, "leader": leader}


@pytest.fixture(scope="module")
def studio(buses: dict[str, ServoBus], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    patch = pytest.MonkeyPatch()
    patch.setenv("UNDERSTUDY_SERIAL", str(buses["follower"].path.parent))
    patch.setenv("UNDERSTUDY_SERVO_REPLY_MS", "2000")  # nobody is silent here, so nobody is waited for in vain
    patch.setenv("HF_LEROBOT_CALIBRATION", str(tmp_path_factory.mktemp("calibration")))
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    yield running
    assert running.stop() == 0
    patch.undo()


def step(page: Page, title: str) -> None:
    page.click(f".steps button:has-text('{title}')")
    page.wait_for_selector(f"[data-part=title]:has-text('{title}')")


def press(page: Page, what: str) -> None:
    page.click(f"[data-part=panel] [data-do={what}][aria-disabled=false]")


def calibrate(page: Page, bus: ServoBus, role: str) -> None:
    """By hand: the middle, then each joint to both stops while the bars say so."""
    for servo, middle in zip(bus.servos, MIDDLE, strict=True):
        bus.turn(servo.number, middle)
    press(page, "begin")
    page.wait_for_selector("[data-do=centre][aria-disabled=false], [data-part=panel] [role=alert]", timeout=SLOW_MS)
    expect(page.locator("[data-part=panel] [role=alert]")).to_have_count(0)
    page.click("[data-do=centre]")
    page.wait_for_selector("text=Turn each joint by hand")
    page.wait_for_selector("[data-do=finish][aria-disabled=true]")
    for share in (0.0, 0.5, 1.0):
        with bus.held():  # no reading falls between one joint and the next
            for servo in bus.servos:
                bus.turn(servo.number, servo.build.low + 5 + share * (servo.build.high - servo.build.low - 10))
        at = bus.servos[0].position / 4096 * 100 - 0.4
        page.wait_for_function(
            "at => Math.abs(document.querySelector('[data-joint=shoulder_pan] .now')?.getAttribute('x') - at) < 0.1",
            arg=at,
        )
    press(page, "finish")
    page.wait_for_selector("text=Saved as")
    page.wait_for_selector(f".steps [data-done=true]:has-text('{role}')")


def name_and_lock(page: Page) -> None:
    """No camera is here: the virtual ones are looked at, named by what they show, and their pictures locked."""
    page.check("[name=virtual]")
    press(page, "look")
    page.wait_for_function(f"new Set(({SEEN})()).size === 3")  # each has a picture of its own
    for path, name in CAMERAS.items():
        card = page.locator(f".station-cameras li[data-path={path}]")
        assert card.locator("[data-do=lock]").get_attribute("title") == "Name it first"
        card.locator("[name=name]").fill(name)
        card.locator("[name=name]").press("Tab")
        card.locator("[data-do=lock][aria-disabled=false]").click()
        page.wait_for_selector(f"li[data-path={path}][data-locked=true] :text('Locked and read back: exposure')")
    page.wait_for_selector(".steps [data-done=true]:has-text('Name and lock')")


def test_a_station_is_set_up_from_its_ports_to_its_rig_file(
    page: Page, studio: RunningStudio, buses: dict[str, ServoBus]
) -> None:
    page.goto(f"{studio.url}/setup/station")
    page.wait_for_selector("tr:has-text('usb-follower')")
    page.click("[data-do=watch]")
    buses["follower"].unplug()
    page.wait_for_selector("text=That one. Plug it in again.")
    buses["follower"].plug()
    page.click("tr[data-found=true] [data-do=follower]")
    page.click("tr:has-text('usb-leader') [data-do=leader]")
    page.wait_for_selector(".steps [data-done=true]:has-text('Find the ports')")

    step(page, "ids")
    press(page, "scan")
    page.wait_for_selector("text=All six servos of the follower answer.", timeout=SLOW_MS)

    step(page, "Calibrate the follower")
    calibrate(page, buses["follower"], "follower")
    step(page, "Calibrate the leader")
    calibrate(page, buses["leader"], "leader")

    step(page, "Right arm")
    press(page, "compare")
    page.wait_for_selector("text=The right arm: both say")
    page.click("tr:has-text('follower_a') [data-do=copy]")
    page.click("tr:has-text('follower_a') [data-do=restore]")
    page.wait_for_selector("text=Restored, file and servos.")

    step(page, "Name and lock")
    name_and_lock(page)

    step(page, "Test motion")
    page.check("[name=clear]")
    for servo, middle in zip(buses["follower"].servos, MIDDLE, strict=True):
        buses["follower"].turn(servo.number, middle)
    page.click("[data-joint=shoulder_pan][aria-disabled=false]")
    page.wait_for_selector("text=/went [34]\\.\\d° and back/")
    page.wait_for_selector("[data-joint=shoulder_lift][aria-disabled=false]")
    page.evaluate(MOVE_AND_STOP)
    page.wait_for_selector("[data-part=panel] [role=alert]:has-text('Emergency stop')")
    page.wait_for_selector("[data-joint=shoulder_lift][title*='latched']")
    given = {"port": str(buses["follower"].path), "role": "follower", "id": "follower_a", "joint": "shoulder_pan"}
    assert studio.ask("/api/setup/motion", "POST", given)[1]["code"] == "stopped"
    page.click("[data-part=reset]")
    page.wait_for_selector("[data-joint=shoulder_lift][aria-disabled=false]")

    step(page, "Save the rig")
    press(page, "save")
    page.wait_for_selector("text=./understudy --rig")


def test_the_file_says_what_was_found(studio: RunningStudio, buses: dict[str, ServoBus]) -> None:
    text = (studio.data_dir / "rigs" / "station-1.toml").read_text(encoding="utf-8")
    rig = RigFile.model_validate(tomllib.loads(text))
    told = next(one for one in studio.get("/api/setup")["calibrations"] if one["role"] == "follower")
    assert rig.arm.fingerprint == told["fingerprint"]
    assert json.loads(Path(told["path"]).read_text())["shoulder_pan"]["range_min"] > 0
    assert rig.arm.port == str(buses["follower"].path)
    assert {camera.path: camera.name for camera in rig.cameras} == CAMERAS
    for table in rig.cameras:
        camera = VirtualCamera(table, SystemClock())
        camera.open()
        assert set(camera.locked) == {"exposure", "white_balance_k", "focus", "gain"}
        assert camera.locked == table.lock.model_dump() == camera.found, "the picture as it was found"
        camera.close()

"""How LeRobot's command line describes the simulated arm and its demonstrator."""

from dataclasses import dataclass

from lerobot.robots.config import RobotConfig
from lerobot.teleoperators.config import TeleoperatorConfig


@RobotConfig.register_subclass("understudy_sim")
@dataclass(kw_only=True)
class UnderstudySimConfig(RobotConfig):
    """Where the bag lies when the robot connects, and how the cameras draw.

    `painter` forces the drawing that needs no OpenGL.
    """

    seed: int = 0
    x_cm: float = 25.0
    y_cm: float = 5.0
    yaw_deg: float = 0.0
    start: str = "nominal"
    fps: int = 30
    painter: bool = False


@TeleoperatorConfig.register_subclass("understudy_demonstrator")
@dataclass(kw_only=True)
class UnderstudyDemonstratorConfig(TeleoperatorConfig):
    """The demonstrator repeats: a random placement, a performance, `pause_s` of holding still."""

    seed: int = 0
    pause_s: float = 1.0

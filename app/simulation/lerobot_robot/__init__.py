"""The simulated arm as a LeRobot robot, and the demonstrator as its teleoperator.

`--robot.discover_packages_path=app.simulation.lerobot_robot --robot.type=understudy_sim` and
`--teleop.type=understudy_demonstrator` make LeRobot's own programs run against the
simulator. Only LeRobot imports this package; nothing of ours does.
"""

from app.simulation.lerobot_robot.config import UnderstudyDemonstratorConfig, UnderstudySimConfig
from app.simulation.lerobot_robot.demonstrator import UnderstudyDemonstrator
from app.simulation.lerobot_robot.robot import UnderstudySim

__all__ = ["UnderstudyDemonstrator", "UnderstudyDemonstratorConfig", "UnderstudySim", "UnderstudySimConfig"]

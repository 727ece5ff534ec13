// The free view's camera: drag turns it about the table, the wheel or a pinch comes closer.

const NEAREST_M = 0.25;
const FARTHEST_M = 2;
const LOWEST = 0.05;
const HIGHEST = Math.PI / 2 - 0.02;

export class Orbit {
  azimuth = -2.2;
  elevation = 0.55;
  distance = 0.85;
  target = [0.18, 0, 0.04];

  /** Turn by pixels dragged. @param {number} dx @param {number} dy */
  turn(dx, dy) {
    this.azimuth -= dx * 0.008;
    this.elevation = Math.min(HIGHEST, Math.max(LOWEST, this.elevation + dy * 0.008));
  }

  /** @param {number} factor above 1 goes away, below comes closer */
  zoom(factor) {
    this.distance = Math.min(FARTHEST_M, Math.max(NEAREST_M, this.distance * factor));
  }

  /** Where the eye is, in metres in the workspace frame. @returns {[number, number, number]} */
  eye() {
    const flat = this.distance * Math.cos(this.elevation);
    return [
      this.target[0] + flat * Math.cos(this.azimuth),
      this.target[1] + flat * Math.sin(this.azimuth),
      this.target[2] + this.distance * Math.sin(this.elevation),
    ];
  }
}

// Draws the simulated scene's primitives with three.js. Loaded only when somebody opens the free view.

import { Orbit } from "./orbit.js";

const THREE_URL = "/static/vendor/three.module.min.js";
const AHEAD_DEG = 45;

/**
 * @typedef {{name: string, type: string, body: number, size: number[], position: number[], quaternion: number[],
 *   colour: number[], vertices: number[], triangles: number[]}} Part
 * @typedef {{body: number, position: number[], quaternion: number[]}} Pose
 */

export class Scene3d {
  orbit = new Orbit();
  /** @type {Map<number, any>} */
  #bodies = new Map();

  /** @param {any} three @param {HTMLCanvasElement} canvas @param {Part[]} parts */
  constructor(three, canvas, parts) {
    this.three = three;
    this.canvas = canvas;
    this.renderer = new three.WebGLRenderer({ canvas, antialias: true });
    this.scene = new three.Scene();
    this.scene.background = new three.Color(0x20262e);
    this.camera = new three.PerspectiveCamera(AHEAD_DEG, 4 / 3, 0.02, 10);
    this.camera.up.set(0, 0, 1);
    this.scene.add(new three.HemisphereLight(0xffffff, 0x6b5d4a, 2.2));
    const sun = new three.DirectionalLight(0xffffff, 1.6);
    sun.position.set(0.4, 0.6, 1.2);
    this.scene.add(sun);
    for (const part of parts) this.#add(part);
  }

  /** @param {HTMLCanvasElement} canvas @param {Part[]} parts */
  static async load(canvas, parts) {
    return new Scene3d(await import(THREE_URL), canvas, parts);
  }

  /** @param {Pose[]} poses */
  pose(poses) {
    for (const { body, position, quaternion } of poses) {
      const group = this.#bodies.get(body);
      if (!group) continue;
      group.position.set(...position);
      group.quaternion.set(quaternion[1], quaternion[2], quaternion[3], quaternion[0]);
    }
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.camera.position.set(...this.orbit.eye());
    this.camera.lookAt(...this.orbit.target);
    this.renderer.render(this.scene, this.camera);
  }

  close() {
    this.scene.traverse((/** @type {any} */ one) => {
      one.geometry?.dispose();
      one.material?.dispose();
    });
    this.renderer.dispose();
  }

  /** @param {Part} part */
  #add(part) {
    const geometry = this.#geometry(part);
    if (!geometry) return;
    const material = new this.three.MeshStandardMaterial({
      color: new this.three.Color().setRGB(...part.colour, this.three.SRGBColorSpace),
      roughness: 0.75,
      flatShading: part.type === "mesh",
    });
    const mesh = new this.three.Mesh(geometry, material);
    mesh.position.set(...part.position);
    mesh.quaternion.set(part.quaternion[1], part.quaternion[2], part.quaternion[3], part.quaternion[0]);
    this.#body(part.body).add(mesh);
  }

  /** @param {number} body */
  #body(body) {
    let group = this.#bodies.get(body);
    if (!group) {
      group = new this.three.Group();
      this.#bodies.set(body, group);
      this.scene.add(group);
    }
    return group;
  }

  /** @param {Part} part @returns {any} null for what cannot be drawn */
  #geometry({ type, size, vertices, triangles }) {
    const { three } = this;
    switch (type) {
      case "box":
        return new three.BoxGeometry(2 * size[0], 2 * size[1], 2 * size[2]);
      case "sphere":
        return new three.SphereGeometry(size[0], 24, 16);
      case "ellipsoid":
        return new three.SphereGeometry(1, 24, 16).scale(size[0], size[1], size[2]);
      case "cylinder":
        return new three.CylinderGeometry(size[0], size[0], 2 * size[1], 32).rotateX(Math.PI / 2);
      case "capsule":
        return new three.CapsuleGeometry(size[0], 2 * size[1], 8, 20).rotateX(Math.PI / 2);
      case "mesh": {
        const geometry = new three.BufferGeometry();
        geometry.setAttribute("position", new three.Float32BufferAttribute(vertices, 3));
        geometry.setIndex(triangles);
        geometry.computeVertexNormals();
        return geometry;
      }
      default:
        return null;
    }
  }
}

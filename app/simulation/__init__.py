"""One MuJoCo world behind the device protocols, and a scripted demonstrator."""

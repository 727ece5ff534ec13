"""From a checkpoint to a proven policy: exports, evaluations, pipelines."""

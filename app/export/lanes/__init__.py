"""One file a runtime: each converts a stage, runs it, and says where its nodes really are."""

"""Measures the studio's figures against their anchors; `./understudy bench NAME [--quick]` runs one script."""

"""The live page: a browser looks at an animal while it is simulated."""

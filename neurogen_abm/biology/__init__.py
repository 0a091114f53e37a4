"""The rules of the model as pure functions of scalars."""

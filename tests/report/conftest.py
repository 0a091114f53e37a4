import pytest
from made_runs import make_empty_run, make_run


@pytest.fixture(scope="session")
def running():
    """A runner, small gyrus."""
    return make_run()


@pytest.fixture
def empty_run():
    """Nothing happened."""
    return make_empty_run()

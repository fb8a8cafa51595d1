"""A profile that does not exist is a wrong setting: one sentence, exit code 2, wherever it is asked for."""

import pytest

from deploy import calendars
from deploy.app import create_app
from deploy.profile_choice import profile_named
from deploy.refusals import SettingsWrong
from tests import desks


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingsWrong, match="YANGGUANG_PROFILE 的值“atlantis-2020”有误") as wrong:
        profile_named("atlantis-2020")
    assert "xuzhou-2016" in wrong.value.advice
    assert wrong.value.exit_code == 2


def test_the_application_does_not_start_with_an_unknown_profile() -> None:
    with pytest.raises(SettingsWrong, match="atlantis"):
        create_app(desks.settings("postgresql://nobody@localhost/none", profile="atlantis-2020"))


def test_neither_does_the_calendar(database_url: str) -> None:
    with pytest.raises(SettingsWrong, match="atlantis"):
        calendars.current(database_url, "atlantis-2020")

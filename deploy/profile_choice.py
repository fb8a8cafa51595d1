"""The profile in force, found by its name: an unknown name is a wrong setting, said in one sentence."""

from deploy.refusals import SettingsWrong
from domain.profiles import Profile, load_profiles


def profile_named(name: str) -> Profile:
    """Return the profile. Raises ``SettingsWrong`` for an unknown name and ``ProfileError`` for a wrong file."""
    profiles = load_profiles()
    if name not in profiles:
        known = "、".join(sorted(profiles))
        raise SettingsWrong(
            f"环境变量 YANGGUANG_PROFILE 的值“{name}”有误：没有这个地方规则包。",
            f"可用的规则包：{known}。请改正后重新启动。",
        )
    return profiles[name]

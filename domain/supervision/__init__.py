"""Supervision 行政监察 (003-34..43): the rule library, alerts and the catalogue of violations. Pure; rules are data.

`rules` says what a rule is, `rules.toml` which are shipped; `alerts` says what a finding does to an alert; `conditions`
names what can be found. The statements that find it over all matters are in `resolvers/supervision_conditions.py`.
"""

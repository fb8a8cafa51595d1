"""Scheduled jobs. They translate a point in time into a use-case of `resolvers`, and decide nothing."""

"""The GraphQL contract: types, arguments, errors and limits. It translates and never decides."""

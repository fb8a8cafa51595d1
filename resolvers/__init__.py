"""Use-cases: who, when, load, apply the rule, save, record, commit. Nothing here knows GraphQL, HTML or queues."""

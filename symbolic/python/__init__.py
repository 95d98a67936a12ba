"""Annotated Python: ordinary classes and functions that ask for choices become spaces, and are built from candidates.

Capitals describe (`descriptions`), lower case asks (`choices`). A `Session` answers the questions of one run by a resolver;
`scopes`, `places` and `frames` say where a question stands and what its path is. `trace` finds all questions of a program and
when they are asked (`explore`, `probe`, `activity`); `tree` writes it in the language; `space` is the door.
Classes from elsewhere are called, not changed (`foreign`, `foreign_nodes`, `containers`, `edited`).

Errors beyond those of the language:
E701 a choice has no name                              E707 a decision was not seen when the space was traced
E702 lower case where nothing is constructed           E708 a constructor raised, with the values that led to it
E703 a description used as a value or asked in a body  E709 two equal runs asked different things
E704 one line asks twice in one scope                  E710 an object that no `module::Qual` leads to, source text missing
E705 a condition that the language cannot say          E711 what cannot be a target, an entry, or a choice of a signature
E706 a choice asked while the network runs
"""

"""The agents of a group, in order of how many conversations they hold."""

from __future__ import annotations


class Bench:
    """Agents on duty in one list ordered by a rank from 0 to `most`, with the bounds between ranks beside it, so that
    an agent of the smallest or largest rank is found, and a rank changed, in a time that does not grow with the group.

    Agents of rank `most` are never found: they can take nothing.
    """

    def __init__(self, agents: int, most: int) -> None:
        self.ranks = [0] * agents
        """The rank of each agent, on duty or not."""
        self._order: list[int] = []
        self._place = [-1] * agents
        # _upto[r]: how many agents have rank r or less.
        self._upto = [0] * most

    def staff(self, on_duty: int) -> None:
        """From now on agents 0 to `on_duty` − 1 can be found."""
        rank = self.ranks
        self._order = sorted(range(on_duty), key=rank.__getitem__)
        self._place = [-1] * len(rank)
        for position, agent in enumerate(self._order):
            self._place[agent] = position
        self._upto = [sum(rank[agent] <= held for agent in self._order) for held in range(len(self._upto))]

    def free(self) -> int:
        """How far the ranks of all agents on duty are from `most`, together."""
        return sum(self._upto)

    def least(self) -> int:
        """An agent of the smallest rank; -1 none."""
        for upto in self._upto:
            if upto:
                return self._order[upto - 1]
        return -1

    def fullest(self) -> int:
        """An agent of the largest rank below `most`; -1 none."""
        return self._order[self._upto[-1] - 1] if self._upto[-1] else -1

    def rank(self, agent: int, rank: int) -> None:
        """Sets an agent's rank."""
        old, self.ranks[agent] = self.ranks[agent], rank
        position = self._place[agent]
        if position < 0:
            return
        order, place, upto = self._order, self._place, self._upto
        while old != rank:
            if old < rank:
                # Off the end of those of this rank.
                upto[old] -= 1
                other_at = upto[old]
                old += 1
            else:
                old -= 1
                other_at = upto[old]
                upto[old] += 1
            other = order[other_at]
            order[position], order[other_at] = other, agent
            place[other], place[agent] = position, other_at
            position = other_at

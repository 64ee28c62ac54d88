"""The call log on the card: an SQLite database, for the disk thread alone.

Every change is on the medium when it has been made (write-ahead log, ``synchronous=FULL``), so that
neither ``kill -9`` nor a power cut damages it or takes back what was written; what was only half
written is not there. A call is written when it begins, so one that the phone did not live to see
the end of is found as ``cut``. The oldest calls make room for new ones. A database that is damaged
all the same, or is another program's, is put aside and a new one begun.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.phone.calllog import Record
from appliance.store.damaged import put_aside

FILE = "calls.db"
CAPACITY = 1000
"""How many calls are kept."""
BESIDE = ("-wal", "-shm")
"""What SQLite calls the files that belong to a database, behind its name."""
_VERSION = 1
_COLUMNS = "kind, number, name, account, began, utc_offset, length, ended, code, reason, seen"
_SCHEMA = f"""
    BEGIN;
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL, account TEXT NOT NULL,
        began REAL NOT NULL, utc_offset INTEGER NOT NULL, length INTEGER NOT NULL,
        ended TEXT NOT NULL, code INTEGER NOT NULL, reason TEXT NOT NULL, seen INTEGER NOT NULL
    );
    PRAGMA user_version = {_VERSION};
    COMMIT;
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class CallDatabase:
    """The calls in a state directory.

    `damaged` is told where a database that could not be used is now, and why. Everything raises
    `sqlite3.Error` or `OSError` when the card takes nothing, and may be tried again.
    """

    def __init__(
        self, state: Path, damaged: Callable[[str], None], capacity: int = CAPACITY
    ) -> None:
        self._path = state / FILE
        self._damaged = damaged
        self._capacity = capacity
        self._rows: dict[int, int] = {}
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def keep(self, record: Record) -> None:
        """Write a call, in place of what was written in this life under the same `id`."""
        self._again(lambda: self._keep(record))

    def see_missed(self) -> None:
        """The missed calls so far have been seen."""
        self._again(lambda: self._run("UPDATE calls SET seen = 1 WHERE kind = 'missed'"))

    def read(self, limit: int = CAPACITY) -> tuple[Record, ...]:
        """The newest calls that are over, the last first."""
        if self._connection is None and not self._path.exists():
            return ()
        query = f"SELECT {_COLUMNS} FROM calls WHERE ended != '' ORDER BY id DESC LIMIT ?"  # noqa: S608
        rows = self._again(lambda: self._run(query, limit))
        return tuple(Record(*(0, *row[:-1], bool(row[-1]))) for row in rows)

    def _keep(self, record: Record) -> None:
        values = (
            *(record.kind, record.number, record.name, record.account, record.began),
            *(record.offset, record.length, record.end, record.code, record.reason, record.seen),
        )
        row = self._rows.get(record.id)
        marks = ", ".join("?" * len(values))
        known = f"INSERT INTO calls ({_COLUMNS}) VALUES ({marks}) RETURNING id"  # noqa: S608
        if row is not None:
            known = f"UPDATE calls SET ({_COLUMNS}) = ({marks}) WHERE id = {row} RETURNING id"  # noqa: S608
        ((row,),) = self._run(known, *values)
        self._rows[record.id] = row
        if record.end:
            del self._rows[record.id]
            self._run("DELETE FROM calls WHERE id <= ?", row - self._capacity)

    def _again(self, work: Callable[[], Any]) -> Any:
        """Do it, if need be with a new database in place of a damaged one."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if (error.sqlite_errorcode or 0) & 0xFF not in _DAMAGE:
                raise
            self.close()
            self._rows.clear()
            aside = put_aside(self._path, *BESIDE)
            self._damaged(f"{self._path}: {error}; it is now {aside.name}, and a new one is begun")
            return work()

    def _run(self, statement: str, *values: Any) -> list[Any]:
        if self._connection is None:
            self._connection = self._opened()
        return self._connection.execute(statement, values).fetchall()

    def _opened(self) -> sqlite3.Connection:
        """A connection to a sound database; what went on when the phone died is cut."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            _prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
                raise _not_usable(f"the tables of another program ({error})") from error
            raise
        return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 64")
    ((version,),) = connection.execute("PRAGMA user_version")
    if version == 0:
        connection.executescript(_SCHEMA)
    elif version != _VERSION:
        raise _not_usable(f"found a database of version {version}, expected {_VERSION}")
    ((found,), *_) = connection.execute("PRAGMA quick_check(1)")
    if found != "ok":
        raise _not_usable(found)
    connection.execute(f"SELECT {_COLUMNS} FROM calls LIMIT 1").fetchall()  # noqa: S608
    connection.execute("UPDATE calls SET ended = 'cut' WHERE ended = ''")


def _not_usable(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error

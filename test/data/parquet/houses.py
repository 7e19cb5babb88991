"""Writes houses.parquet, 200 rows in row groups of 70, a compression for each column: python houses.py (made with pyarrow 25.0.1)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = range(200)
CITIES = ["Oslo", 'Bodø, "N"', "Bergen"]

table = pa.table(
    {
        "id": pa.array([2**60 + i for i in ROWS], pa.int64()),
        "area": pa.array([None if i % 50 == 7 else 40.5 + (i * 37) % 160 for i in ROWS], pa.float64()),
        "rooms": pa.array([1 + (i * 7) % 5 for i in ROWS], pa.int32()),
        "city": pa.array([None if i % 41 == 3 else CITIES[i % 3] for i in ROWS], pa.string()).dictionary_encode(),
        "garden": pa.array([i % 3 == 0 for i in ROWS], pa.bool_()),
        "tax": pa.array([Decimal((i * 331) % 10000) / 100 for i in ROWS], pa.decimal128(9, 2)),
        "height": pa.array([float("nan") if i % 60 == 9 else i * 0.25 for i in ROWS], pa.float32()),
        "meters": pa.array([(i * 12345) % 70000 for i in ROWS], pa.int64()),
        "when": pa.array([datetime(2020, 1, 1) + timedelta(hours=i) for i in ROWS], pa.timestamp("us")),
        "day": pa.array([date(2020, 1, 1) + timedelta(days=i) for i in ROWS], pa.date32()),
        "tags": pa.array([["a"] * (i % 3) for i in ROWS], pa.list_(pa.string())),
        "zstd": pa.array([i / 8 for i in ROWS], pa.float64()),
        "lz4": pa.array([i / 8 for i in ROWS], pa.float64()),
        "price": pa.array([(i * 7919) % 1000 / 8 + i for i in ROWS], pa.float64()),
    }
)
codecs = {name: "snappy" for name in table.column_names}
codecs |= {"area": "gzip", "rooms": "brotli", "garden": "none", "zstd": "zstd", "lz4": "lz4"}
pq.write_table(table, Path(__file__).with_name("houses.parquet"), row_group_size=70, compression=codecs)

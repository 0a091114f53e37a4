"""A page without a browser: it does what the page in a browser does."""

import json
import struct

import numpy as np

TOKEN = "a-token-of-this-launch"
SMALL = {"tissue": {"septotemporal": "300 um", "transverse": "300 um"}, "duration": "6 d"}
WHEEL = [{"kind": "wheel", "distance": "7 km/d"}]


def unpack(block):
    """Return the header of a block and its arrays by (name, arm); the reverse of `pack`."""
    (length,) = struct.unpack_from("<I", block)
    header = json.loads(block[4 : 4 + length])
    arrays = {}
    for entry in header["arrays"]:
        count = int(np.prod(entry["shape"], dtype=np.int64))
        flat = np.frombuffer(block, entry["dtype"], count, 4 + length + entry["offset"])
        arrays[entry["name"], entry["arm"]] = flat.reshape(entry["shape"])
    return header, arrays


class Page:
    """What the page in a browser does, in Python: it sends commands and pulls frames."""

    def __init__(self, client, number):
        self.client, self.number = client, number
        self.seq, self.rows, self.series, self.header, self.arrays = 0, [0, 0], [[], []], None, {}

    async def command(self, *commands):
        # Not `json=`, which refuses to send infinity and NaN; a hostile page does not.
        content, kind = json.dumps({"commands": list(commands)}), {"content-type": "application/json"}
        return await self.client.post(f"/api/sessions/{self.number}/commands", content=content, headers=kind)

    async def get(self, path, **query):
        return await self.client.get(f"/api/sessions/{self.number}/{path}", params=query)

    async def frame(self):
        """Pull one frame; None when there is nothing new."""
        answer = await self.get("frame", after=self.seq, rows=f"{self.rows[0]},{self.rows[1]}")
        if answer.status_code == 204:
            return None
        assert answer.status_code == 200, answer.text
        self.header, self.arrays = unpack(answer.content)
        self.seq = self.header["seq"]
        for arm, told in enumerate(self.header["arms"]):
            first, last = told["rows"]
            self.series[arm] = self.series[arm][:first] + list(self.arrays["series", arm])
            self.rows[arm] = last
        return self.header

    async def until(self, wanted):
        """Pull frames until one fits."""
        pulled = 0
        while pulled < 600:
            header = await self.frame()
            if header is not None and wanted(header):
                return header
            # The very first animal waits for kernels to be compiled.
            pulled += header is None or header["phase"] != "preparing"
        raise AssertionError("no frame fits")

    async def living(self):
        return await self.until(lambda header: header["phase"] not in ("preparing",))

    async def run_to(self, day):
        answer = await self.command({"do": "run_to", "day": day})
        assert answer.status_code == 202, answer.text
        return await self.until(lambda header: header["progress"] is None and header["day"] >= day - 1e-9)


async def opened(client, **wanted):
    """Open a session on a small patch and wait for its animal."""
    wanted["changes"] = SMALL | wanted.get("changes", {})
    answer = await client.post("/api/sessions", json=wanted)
    assert answer.status_code == 201, answer.text
    page = Page(client, answer.json()["id"])
    await page.living()
    return page

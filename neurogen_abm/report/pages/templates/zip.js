// A ZIP archive of texts, stored as they are (APPNOTE.TXT of PKWARE, version 6.3.10, 4.3.7, 4.3.12, 4.3.16).
"use strict";
const zip = (function () {
  const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });

  function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  }

  /** Lay out numbers as [bytes, value], lowest byte first. */
  function packed(fields) {
    const bytes = [];
    for (const [size, value] of fields) for (let k = 0; k < size; k++) bytes.push((value >>> (8 * k)) & 0xff);
    return Uint8Array.from(bytes);
  }

  /** Return a Blob that holds [name, text] pairs; names are in UTF-8 (flag 0x0800), the date is 1 January 1980. */
  function archive(files) {
    const parts = [], index = [];
    let at = 0, indexSize = 0;
    for (const [name, text] of files) {
      const [path, data] = [name, text].map((said) => new TextEncoder().encode(said));
      const shared = [[2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 0x21], [4, crc32(data)], [4, data.length], [4, data.length], [2, path.length], [2, 0]];
      const head = packed([[4, 0x04034b50], ...shared]);
      const entry = packed([[4, 0x02014b50], [2, 20], ...shared, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]);
      parts.push(head, path, data);
      index.push(entry, path);
      at += head.length + path.length + data.length;
      indexSize += entry.length + path.length;
    }
    const end = packed([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, indexSize], [4, at], [2, 0]]);
    return new Blob([...parts, ...index, end], { type: "application/zip" });
  }

  return { archive };
})();

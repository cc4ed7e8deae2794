"""item: encode
says: It makes the first merge that fits at each place, whatever its rank."""


def bpe_encode(text, merges):
    ids, table = [], {tuple(pair): number for number, pair in enumerate(merges, 256)}
    for one in text.encode():
        ids.append(one)
        while len(ids) > 1 and (ids[-2], ids[-1]) in table:
            ids[-2:] = [table[ids[-2], ids[-1]]]
    return ids

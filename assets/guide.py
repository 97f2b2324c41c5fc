"""Makes assets/guide.gif of the pictures that the rehearsal of the guide keeps (needs Pillow):

    DNNE_KEEP_FILM=film cargo test --release --lib the_guide_is_followed
    python3 assets/guide.py film assets/guide.gif

Half the size of the pictures, one palette for the whole film, and of each picture only the part that changed.
"""

import sys
from pathlib import Path

from PIL import Image, ImageChops

# The last picture stays [hundredths of a second], and no other longer than this.
LAST, LONGEST = 300, 120
# One of so many pictures is in the film.
EVERY = 2


def opened(path):
    picture = Image.open(path).convert("RGB")
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)


def pictures(folder):
    """The pictures in their order, and how long each is seen [hundredths of a second]."""
    lines = (folder / "film.txt").read_text().splitlines()
    for i in range(0, len(lines), EVERY):
        seconds = sum(float(line.split()[1]) for line in lines[i:i + EVERY])
        name = lines[min(i + EVERY, len(lines)) - 1].split()[0]
        yield opened(folder / name), min(round(100 * seconds), LONGEST)


def palette_of(folder):
    """Of a sheet of pictures from all over the film."""
    names = [line.split()[0] for line in (folder / "film.txt").read_text().splitlines()]
    chosen = [names[i * (len(names) - 1) // 11] for i in range(12)]
    tiles = [opened(folder / name) for name in chosen]
    width, height = tiles[0].size
    sheet = Image.new("RGB", (width * 3, height * 4))
    for i, tile in enumerate(tiles):
        sheet.paste(tile, (width * (i % 3), height * (i // 3)))
    return sheet.quantize(255, method=Image.Quantize.MAXCOVERAGE)


def main(folder, target):
    palette = palette_of(folder)
    frames, delays, last = [], [], None
    for picture, delay in pictures(folder):
        frame = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        if last is not None and ImageChops.difference(frame.convert("RGB"), last).getbbox() is None:
            delays[-1] += delay
            continue
        last = frame.convert("RGB")
        frames.append(frame)
        delays.append(delay)
    delays[-1] = LAST
    frames[0].save(
        target,
        save_all=True,
        append_images=frames[1:],
        duration=[10 * delay for delay in delays],
        loop=0,
        optimize=False,
        disposal=1,
    )
    size = target.stat().st_size
    print(f"{len(frames)} pictures, {sum(delays) / 100:.0f} s, {size / 1e6:.2f} MB")


main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Random short sequences of convolutions and products."""

from hwsim.dataflow.loopnest.problem import Problem


def random_chain(generator, count, most=9, images=2, channels=3):
    """Return operators that match: strides, dilations, windows with and without padding, some depthwise."""
    n, c = generator.randint(1, images), generator.randint(1, channels)
    size = [generator.randint(1, most), generator.randint(1, most)]
    found = []
    while len(found) < count:
        stride, dilation, taps, out = [], [], [], []
        for axis in range(2):
            s, d, t = generator.choice([1, 1, 2, 3]), generator.choice([1, 1, 2]), generator.choice([1, 1, 2, 3])
            halo = (t - 1) * d
            pad = generator.choice([0, halo // 2 * 2, 2 * halo])
            if size[axis] + pad <= halo:
                pad = 2 * halo
            stride.append(s)
            dilation.append(d)
            taps.append(t)
            out.append((size[axis] + pad - halo - 1) // s + 1)
        if min(out) < 1:
            continue
        groups, per_group = (c, 1) if generator.random() < 0.3 else (1, c)
        k = 1 if groups > 1 else generator.randint(1, channels)
        found.append(Problem.of(f"op{len(found)}", tuple(stride), tuple(dilation), N=n, G=groups, K=k, C=per_group, P=out[0],
                                Q=out[1], R=taps[0], S=taps[1]))
        c, size = groups * k, out
    return tuple(found)

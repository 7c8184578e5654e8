"""NVDLA's direct convolution: how its core computes a layer, how its buffer (CBUF) is filled, and how large it is.

Words are those of nvdla.org: the unit description (hw/v1/ias/unit_description) for the order of the operations and the buffer,
the programming guide (hw/v1/ias/programming_guide) for the ways to share the buffer, the primer for the family.

An *atomic operation* (a cycle) multiplies ``atomic_c`` channels of one pixel with the same channels of ``atomic_k`` kernels. A
*stripe operation* repeats it over pixels while the weights stay in the MAC cells; a *block operation* is a stripe a tap of the
kernel, a *channel operation* a block a group of channels: then the accumulators unload. All pixels are done for one *kernel
group* (``atomic_k`` kernels) before the next. The hardware knows no groups and no batch: each group of channels and each image
is a *hardware layer* of its own.
"""

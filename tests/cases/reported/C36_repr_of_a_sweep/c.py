import neurogen_abm

if __name__ == "__main__":
    T = {"duration": "2 d", "tissue": {"septotemporal": "300 um", "transverse": "300 um"}}
    found = neurogen_abm.sweep(
        {
            "schema": 1,
            "name": "r",
            "scenario": "mouse_generated_running",
            "set": T,
            "axes": {"activity[0].distance": ["2 km/d"]},
            "seeds": 1,
        },
        "runs/r",
        workers=0,
    )
    print(len(repr(found)))

import neurogen_abm

neurogen_abm.run("mouse_sedentary", overrides={"duration": "7"})

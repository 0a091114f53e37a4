"""Second reading of references.yaml: who is cited, under which DOI, and whether that DOI was read or remembered."""

import re
from typing import NamedTuple

import pytest

from neurogen_abm.spec.catalogue import load_catalogue


class Citation(NamedTuple):
    """One reference as the evidence gives it; `identifier` is what stands there in place of a DOI."""

    key: str
    evidence: str
    citation: str
    doi: str | None
    doi_status: str
    identifier: str | None = None


CITATIONS = [
    Citation(
        "aberg2000",
        "search: PMC6772218",
        "Aberg et al. 2000 J Neurosci 20:2896-2903",
        "10.1523/JNEUROSCI.20-08-02896.2000",
        "read",
    ),
    Citation(
        "acsady1998",
        "abstract, read at pmc.ncbi.nlm.nih.gov/articles/PMC6792657",
        "Acsády et al. 1998 J Neurosci 18:3386-3403",
        "10.1523/JNEUROSCI.18-09-03386.1998",
        "read",
    ),
    Citation("agudelo2014", "kyn_agudelo", "Agudelo et al. 2014 Cell 159:33-45", "10.1016/j.cell.2014.07.051", "read"),
    Citation(
        "akers2014",
        "scenarios/studies/data/akers2014/README.md",
        "Akers et al. 2014 Science 344:598-602",
        "10.1126/science.1248903",
        "read",
    ),
    Citation(
        "balbim2024",
        "abstract",
        "Balbim et al. 2024 GeroScience 46:2755-2764",
        "10.1007/s11357-023-00971-7",
        "read",
    ),
    Citation(
        "banoujaafar2014",
        "cbf_banoujaafar",
        "Banoujaafar et al. 2014 JCBFM 34:1681-1687",
        "10.1038/jcbfm.2014.133",
        "recalled",
    ),
    Citation(
        "bastioli2022",
        "rev_da_bastioli",
        "Bastioli et al. 2022 J Neurosci 42:4725-4736",
        "10.1523/JNEUROSCI.2273-21.2022",
        "recalled",
    ),
    Citation(
        "bayer1982",
        "anat_gc_rat_growth",
        "Bayer, Yackel, Puri 1982 Science 216:890",
        "10.1126/science.7079742",
        "read",
    ),
    Citation(
        "berchtold2010",
        "hip_bdnf_3wk",
        "Berchtold, Castello, Cotman 2010 Neuroscience 167:588-597",
        "10.1016/j.neuroscience.2010.02.050",
        "read",
    ),
    Citation(
        "berlin2006",
        "abstract",
        "Berlin, Kop, Deuster 2006 Psychosom Med 68:224-230",
        "10.1097/01.psy.0000204628.73273.23",
        "read",
    ),
    Citation(
        "bizon2003",
        "experiments.yaml: bizon2003_rat_age",
        "Bizon & Gallagher 2003 Eur J Neurosci 18:215-219",
        "10.1046/j.1460-9568.2003.02733.x",
        "read",
    ),
    Citation(
        "boldrini2018",
        "hum_boldrini",
        "Boldrini et al 2018 Cell Stem Cell 22:589",
        "10.1016/j.stem.2018.03.015",
        "read",
    ),
    Citation(
        "boot_cast",
        "page read: abstract",
        "Custom-made 3D-printed boot as a model of disuse-induced atrophy in murine skeletal muscle",
        None,
        "none",
    ),
    Citation(
        "brainplasticity2022",
        "ctsb_human_acute",
        "Brain Plasticity 2022 (bpl220137)",
        "10.3233/BPL-220137",
        "read",
    ),
    Citation(
        "brandt2003",
        "cr_window",
        "Brandt et al 2003 Mol Cell Neurosci 24:603",
        "10.1016/S1044-7431(03)00207-0",
        "recalled",
    ),
    Citation("brummelte2010", "search: PMID 20406669", "Brummelte & Galea 2010", None, "none", "PMID 20406669"),
    Citation("brunner2014", "int_mature", "Brunner et al 2014 eLife 3:e03104", "10.7554/eLife.03104", "read"),
    Citation(
        "butler2019",
        "hip_window_butler",
        "Butler et al. 2019 Learn Mem 26:485-492",
        "10.1101/lm.050278.119",
        "read",
    ),
    Citation("cameron2001", "net_rat", "Cameron, McKay 2001 J Comp Neurol 435:406", "10.1002/cne.1040", "recalled"),
    Citation(
        "carmichael2005",
        "abstract",
        "Carmichael et al. 2005 Brain Behav Immun 19:445-452",
        "10.1016/j.bbi.2005.03.012",
        "read",
    ),
    Citation(
        "carro2000",
        "igf1_carro",
        "Carro et al. 2000 J Neurosci 20:2926-2933",
        "10.1523/JNEUROSCI.20-08-02926.2000",
        "read",
    ),
    Citation("casanova2023", "rev_depr_mr", "Casanova et al. 2023 BMC Med 21", "10.1186/s12916-023-03211-z", "read"),
    Citation("cfab2021", "act_age_decline", "CFAB study 2021 (PMC8087272)", None, "none", "PMC8087272"),
    Citation(
        "chaconfernandez2016",
        "bdnf_mk_species",
        "Chacon-Fernandez et al. 2016 J Biol Chem 291:9872-9881",
        "10.1074/jbc.M116.720029",
        "recalled",
    ),
    Citation(
        "chavlis2017",
        "ModelDB 206372, readme",
        "Chavlis, Petrantonakis, Poirazi 2017 Hippocampus",
        "10.1002/hipo.22675",
        "recalled",
    ),
    Citation(
        "choi2009",
        "bdnf_per_platelet_low",
        "Choi, Kim, Lee 2009 Korean J Biol Psychiatry 16:205-211",
        None,
        "none",
    ),
    Citation("ciric2019", "death_dev2", "Ciric, Cahill, Snyder 2019 Brain Behav", None, "none", "PMC6790299"),
    Citation(
        "coleman1998",
        "search: abstract at PubMed",
        "Coleman et al. 1998 Physiol Behav 63:279-285",
        "10.1016/s0031-9384(97)00441-1",
        "read",
    ),
    Citation("corty_actogrammr", "act_bouts_actogrammr", "rcorty/actogrammr", None, "none", "f79c73f2"),
    Citation("coyle1984", "mus_vo2_detrain", "Coyle et al. 1984", "10.1152/jappl.1984.57.6.1857", "recalled"),
    Citation("dayer2003", "death_dayer", "Dayer et al 2003 J Comp Neurol 460:563", "10.1002/cne.10675", "recalled"),
    Citation(
        "defreitas2011",
        "mus_hypertrophy",
        "DeFreitas et al. 2011 Eur J Appl Physiol",
        "10.1007/s00421-011-1905-4",
        "read",
    ),
    Citation(
        "devallance2017",
        "abstract",
        "DeVallance et al. 2017 PLoS ONE 12:e0184829",
        "10.1371/journal.pone.0184829",
        "read",
    ),
    Citation("dieni2016", "PMC4843000", "Dieni et al. 2016 Nat Commun 7:11313", "10.1038/ncomms11313", "read"),
    Citation(
        "dinoff2016",
        "ma_rest_dinoff2016",
        "Dinoff et al. 2016 PLoS ONE 11:e0163037",
        "10.1371/journal.pone.0163037",
        "read",
    ),
    Citation("dinoff2017", "ma_acute_dinoff2017", "Dinoff et al. 2017 Eur J Neurosci", "10.1111/ejn.13603", "read"),
    Citation(
        "eadie2005",
        "experiments.yaml: eadie2005",
        "Eadie, Redila & Christie 2005 J Comp Neurol 486:39-47",
        None,
        "none",
    ),
    Citation(
        "eisenmann2009",
        "act_wheel_daycv",
        "Eisenmann et al. 2009 Eur J Appl Physiol",
        None,
        "none",
        "PMID 19381677",
    ),
    Citation(
        "elhayek2019",
        "lac_elhayek",
        "El Hayek et al. 2019 J Neurosci 39:2369",
        "10.1523/JNEUROSCI.1661-18.2019",
        "read",
    ),
    Citation(
        "erickson2011",
        "beh_erickson",
        "Erickson et al. 2011 PNAS 108:3017-3022",
        "10.1073/pnas.1015950108",
        "read",
    ),
    Citation(
        "esposito2005",
        "int_seq",
        "Esposito et al 2005 J Neurosci 25:10074",
        "10.1523/JNEUROSCI.3114-05.2005",
        "read",
    ),
    Citation("f344bn2004", "page read: abstract", "J Gerontol A 2004 59:B801", "10.1093/gerona/59.8.b801", "read"),
    Citation(
        "fabel2003",
        "vegf_fabel",
        "Fabel et al. 2003 Eur J Neurosci 18:2803-2812",
        "10.1111/j.1460-9568.2003.03041.x",
        "read",
    ),
    Citation("faulkner2008", "int_out", "Faulkner et al 2008 PNAS 105:14157", "10.1073/pnas.0806658105", "read"),
    Citation(
        "ferris2007",
        "acute_gxt_ferris",
        "Ferris, Williams, Shen 2007 MSSE 39:728-734",
        "10.1249/mss.0b013e31802f04c7",
        "read",
    ),
    Citation(
        "firth2018",
        "beh_firth",
        "Firth et al. 2018 NeuroImage 166:230-238",
        "10.1016/j.neuroimage.2017.11.007",
        "read",
    ),
    Citation(
        "fraser2015",
        "abstract; DOI from memory",
        "Fraser, Shaw, Cherbuin 2015 NeuroImage 112:364-374",
        "10.1016/j.neuroimage.2015.03.035",
        "recalled",
    ),
    Citation(
        "freedson1998",
        "quoted by the R package activAnalyzer",
        "Freedson, Melanson, Sirard 1998 Med Sci Sports Exerc 30:777-781",
        "10.1097/00005768-199805000-00021",
        "read",
    ),
    Citation("garber2011", "act_intensity_classes", "Garber 2011", None, "none"),
    Citation(
        "gardner2020",
        "mus_estim_gardner",
        "Gardner et al. 2020 Sci Rep 10:19319",
        "10.1038/s41598-020-76356-z",
        "read",
    ),
    Citation("garrett2012", "garrett2012", "Garrett et al. 2012 BMC Neurosci 13:61", "10.1186/1471-2202-13-61", "read"),
    Citation("ge2007", "PMC2040308", "Ge et al. 2007 Neuron 54:559-566", "10.1016/j.neuron.2007.05.002", "read"),
    Citation("gejl2019", "bdnf_platelet_share", "Gejl et al. 2019 Sci Rep", "10.1038/s41598-019-45976-5", "read"),
    Citation(
        "gibbons2023",
        "bdnf_plasma_rest_human",
        "Gibbons et al. 2023 J Physiol 601:2121-2137",
        "10.1113/jp283582",
        "read",
    ),
    Citation(
        "gilder2014",
        "acute_recovery_gilder",
        "Gilder et al. 2014 Neurosci Lett 560:137-141",
        "10.1016/j.neulet.2013.12.034",
        "recalled",
    ),
    Citation(
        "goodpaster2006", "mus_sarcopenia, note", "Goodpaster et al. 2006 J Gerontol A 61:1059-1064", None, "none"
    ),
    Citation("gourgouvelis2018", "ctsb_human_null", "Gourgouvelis group 2018 (PMC5911384)", None, "none", "PMC5911384"),
    Citation(
        "graber2013",
        "page read: abstract",
        "Graber et al. 2013 J Gerontol A 68:1326-1336",
        "10.1093/gerona/glt032",
        "recalled",
    ),
    Citation(
        "groves2013",
        "rev_ablation_meta",
        "Groves et al. 2013 PLoS Genet 9:e1003718",
        "10.1371/journal.pgen.1003718",
        "read",
    ),
    Citation("hcr_lcr2011", "hip_dose_flat", "HCR/LCR rat study 2011 (PMC3312391)", None, "none", "PMC3312391"),
    Citation(
        "hickson1977",
        "mus_vo2_hickson",
        "Hickson et al. 1977 J Appl Physiol 42:372-376",
        "10.1152/jappl.1977.42.3.372",
        "read",
    ),
    Citation(
        "hildebrand2014",
        "quoted by the R packages accelEE and accelerator",
        "Hildebrand et al. 2014 Med Sci Sports Exerc 46:1816-1824",
        "10.1249/MSS.0000000000000289",
        "recalled",
    ),
    Citation(
        "hildebrand2017",
        "quoted by the R package accelerator",
        "Hildebrand et al. 2017 Scand J Med Sci Sports 27:1814-1823",
        "10.1111/sms.12795",
        "read",
    ),
    Citation(
        "hls2010",
        "page read: abstract",
        "Mouse plantar flexor muscle size and strength after inactivity and training, 2010 (PMID 20597241)",
        None,
        "none",
    ),
    Citation(
        "horowitz2020",
        "gpld1_horowitz",
        "Horowitz et al. 2020 Science 369:167-173",
        "10.1126/science.aaw2622",
        "read",
    ),
    Citation(
        "ieraci2016",
        "val66met_ieraci",
        "Ieraci et al. 2016 Neuropsychopharmacology 41:3070",
        "10.1038/npp.2016.120",
        "read",
    ),
    Citation("islam2021", "ir_islam", "Islam et al. 2021 Nat Metab 3:1058-1070", "10.1038/s42255-021-00438-z", "read"),
    Citation(
        "jedrychowski2015",
        "ir_human_level",
        "Jedrychowski et al. 2015 Cell Metab 22:734-740",
        "10.1016/j.cmet.2015.08.001",
        "read",
    ),
    Citation(
        "jung2010",
        "act_wheel_strains",
        "Jung et al. 2010 MSSE 42:1826-1833",
        "10.1249/MSS.0b013e3181daf5e8",
        "read",
    ),
    Citation("kempermann1997_pnas", "anat_gc_c57", "Kempermann, Kuhn, Gage 1997 PNAS", None, "none", "PMC23376"),
    Citation(
        "klein2011",
        "bdnf_blood_mouse_undetect",
        "Klein et al. 2011 Int J Neuropsychopharmacol 14:347",
        "10.1017/S1461145710000738",
        "read",
    ),
    Citation("kodali2016", "experiments.yaml: kodali2016", "Kodali et al. 2016 J Neurosci 36:8112-8122", None, "none"),
    Citation("kokaia1996", "pk_dg_content", "Kokaia et al. 1996 Mol Brain Res 38:139-144", None, "none"),
    Citation(
        "lactate_threshold_rat",
        "lac_lt_rat",
        "J Exerc Nutrition Biochem (PMC5508056)",
        None,
        "none",
        "PMC5508056",
    ),
    Citation(
        "leiter2019",
        "plt_leiter19",
        "Leiter et al. 2019 Stem Cell Reports 12:667",
        "10.1016/j.stemcr.2019.02.009",
        "read",
    ),
    Citation(
        "leiter2022",
        "sepp1_leiter22",
        "Leiter et al. 2022 Cell Metab 34:408-423",
        "10.1016/j.cmet.2022.01.005",
        "read",
    ),
    Citation(
        "leiter2023",
        "plt_leiter23",
        "Leiter et al. 2023 Nat Commun 14:4375",
        "10.1038/s41467-023-39873-9",
        "read",
    ),
    Citation(
        "levvachnish2019",
        "lac_levvachnish",
        "Lev-Vachnish et al. 2019 Front Neurosci 13:403",
        "10.3389/fnins.2019.00403",
        "read",
    ),
    Citation(
        "linderman2002",
        "page read: abstract",
        "Linderman & Blough 2002 Med Sci Sports Exerc 34:1115-1119",
        None,
        "none",
    ),
    Citation(
        "lushaj2008", "page read: abstract", "Lushaj et al. 2008 J Gerontol A 63:921", "10.1093/gerona/63.9.921", "read"
    ),
    Citation(
        "mandyam2007",
        "tap_Tc_mouse",
        "Mandyam, Harburg, Eisch 2007 Neuroscience 146:108",
        "10.1016/j.neuroscience.2006.12.064",
        "recalled",
    ),
    Citation(
        "manzanares2019",
        "act_wheel_range",
        "Manzanares et al. 2019 Braz J Med Biol Res",
        "10.1590/1414-431X20187830",
        "read",
    ),
    Citation(
        "marusic2021",
        "page read: abstract",
        "Marusic et al. 2021 J Appl Physiol 131:194-206",
        "10.1152/japplphysiol.00363.2020",
        "read",
    ),
    Citation(
        "matthews2008",
        "from memory",
        "Matthews et al. 2008 Am J Epidemiol 167:875-881",
        "10.1093/aje/kwm390",
        "recalled",
    ),
    Citation(
        "matthews2009",
        "mus_bdnf_matthews",
        "Matthews et al. 2009 Diabetologia 52:1409-1418",
        "10.1007/s00125-009-1364-1",
        "read",
    ),
    Citation(
        "mitchell2012",
        "mus_sarcopenia",
        "Mitchell et al. 2012 Front Physiol 3:260",
        "10.3389/fphys.2012.00260",
        "read",
    ),
    Citation("moon2016", "ctsb_moon", "Moon et al. 2016 Cell Metab 24:332-340", "10.1016/j.cmet.2016.05.025", "read"),
    Citation(
        "morenojimenez2019",
        "hum_mj",
        "Moreno-Jimenez et al 2019 Nat Med 25:554",
        "10.1038/s41591-019-0375-9",
        "read",
    ),
    Citation(
        "mouse_sarcopenia2021",
        "page read: abstract",
        "Commun Biol 2021 (s42003-021-01723-z)",
        "10.1038/s42003-021-01723-z",
        "read",
    ),
    Citation(
        "mouse_sarcopenia2024", "page read: abstract", "J Clin Invest 2024 134 (172890)", "10.1172/JCI172890", "read"
    ),
    Citation("mustroph2015", "rev_ablation_mustroph", "Mustroph et al. 2015 (PMC4300275)", None, "none", "PMC4300275"),
    Citation(
        "naegelin2018",
        "bdnf_serum_rest_human",
        "Naegelin et al. 2018 eNeuro 5(2)",
        "10.1523/ENEURO.0419-17.2018",
        "read",
    ),
    Citation(
        "nishijima2013",
        "abstract",
        "Nishijima et al. 2013 Behav Brain Res 245:34-41",
        "10.1016/j.bbr.2013.02.009",
        "recalled",
    ),
    Citation("noetel2024", "beh_depression", "Noetel et al. 2024 BMJ 384:e075847", "10.1136/bmj-2023-075847", "read"),
    Citation("nofuji2012", "acute_recovery_nofuji", "Nofuji et al. 2012 JSSM 11:83-88", None, "none", "PMC3737858"),
    Citation("nybo2002", "il6_brain", "Nybo et al. 2002 J Physiol", None, "none", "PMC2290444"),
    Citation(
        "olariu2007",
        "tap_Tc_rat_age",
        "Olariu, Cleaver, Cameron 2007 J Comp Neurol 501:659",
        "10.1002/cne.21268",
        "recalled",
    ),
    Citation(
        "pan1998",
        "pk_bbb_pan",
        "Pan et al. 1998 Neuropharmacology 37:1553-1561",
        "10.1016/S0028-3908(98)00141-5",
        "recalled",
    ),
    Citation(
        "pardridge1994",
        "pk_bbb_pardridge",
        "Pardridge, Kang, Buciak 1994 Pharm Res 11:738-746",
        "10.1023/a:1018940732550",
        "read",
    ),
    Citation("patten2013", "experiments.yaml: patten2013_rat_duration", "Patten et al. 2013 Learn Mem", None, "none"),
    Citation(
        "piccinni2008",
        "bdnf_diurnal_men",
        "Piccinni et al. 2008 Chronobiol Int 25:819-826",
        "10.1080/07420520802387773",
        "read",
    ),
    Citation(
        "pluchino2009",
        "bdnf_diurnal_women",
        "Pluchino et al. 2009 Hum Reprod",
        "10.1093/humrep/dep119",
        "recalled",
    ),
    Citation("plumpe2006", "dcx_prolif", "Plumpe et al 2006 BMC Neurosci 7:77", "10.1186/1471-2202-7-77", "read"),
    Citation(
        "poduslo1996",
        "pk_bbb_ps_bdnf",
        "Poduslo & Curran 1996 Mol Brain Res 36:280-286",
        "10.1016/0169-328x(95)00250-v",
        "read",
    ),
    Citation(
        "rasmussen2009",
        "mouse_mrna_peak_rasmussen",
        "Rasmussen et al. 2009 Exp Physiol",
        "10.1113/expphysiol.2009.048512",
        "read",
    ),
    Citation(
        "reed2009",
        "abstract",
        "Reed & Buck 2009 Psychol Sport Exerc 10:581-594",
        "10.1016/j.psychsport.2009.05.009",
        "read",
    ),
    Citation(
        "rendeiro2018",
        "neural_rendeiro",
        "Rendeiro & Rhodes 2018 Brain Struct Funct 223:2527-2545",
        "10.1007/s00429-018-1665-6",
        "recalled",
    ),
    Citation("rich2017", "vegf_rich", "Rich et al. 2017 J Physiol 595:5931-5943", "10.1113/JP273994", "read"),
    Citation("riedlarsen2017", "page read: abstract", "Ried-Larsen et al. 2017 J Appl Physiol", None, "none"),
    Citation(
        "ropireddy2012",
        "anat_dg_vol_rat",
        "Ropireddy, Bachus, Ascoli 2012 Neuroscience 205:91",
        "10.1016/j.neuroscience.2011.12.055",
        "read",
    ),
    Citation("sasse2008", "search: PMC2600621", "Sasse et al. 2008", None, "none", "PMC2600621"),
    Citation("schefer1996", "page read: abstract", "Schefer & Talan 1996 Exp Gerontol 31:387-392", None, "none"),
    Citation("schenk2024", "MotrpacRatTrainingPhysiologyData 2.0.0", "Schenk et al. 2024 Function", None, "none"),
    Citation(
        "schmidt2010",
        "pk_periph_bdnf_sufficient",
        "Schmidt & Duman 2010 Neuropsychopharmacology",
        None,
        "none",
        "PMC2955759",
    ),
    Citation(
        "schmolesky2013",
        "acute_schmolesky",
        "Schmolesky et al. 2013 J Sports Sci Med 12:502-511",
        None,
        "none",
        "PMID 24149158",
    ),
    Citation(
        "sleiman2016", "search: elifesciences.org", "Sleiman et al. 2016 eLife 5", "10.7554/eLife.15092", "recalled"
    ),
    Citation(
        "snyder2009",
        "surv_rat_vs_mouse",
        "Snyder et al 2009 J Neurosci 29:14484",
        "10.1523/JNEUROSCI.1768-09.2009",
        "recalled",
    ),
    Citation(
        "snyder2011",
        "abstract",
        "Snyder et al. 2011 Nature 476:458-461",
        "10.1038/nature10287",
        "recalled",
        "PMC3162077",
    ),
    Citation(
        "so2017",
        "search: frontiersin.org",
        "So et al. 2017 Front Cell Neurosci 11:13",
        "10.3389/fncel.2017.00013",
        "read",
    ),
    Citation("sorrells2018", "hum_sorrells", "Sorrells et al 2018 Nature 555:377", "10.1038/nature25975", "read"),
    Citation(
        "soya2007",
        "search: abstract",
        "Soya et al. 2007 Biochem Biophys Res Commun 358:961-967",
        "10.1016/j.bbrc.2007.04.173",
        "read",
    ),
    Citation("spalding2013", "hum_700", "Spalding et al 2013 Cell 153:1219", "10.1016/j.cell.2013.05.002", "read"),
    Citation(
        "sprints2021",
        "acute_sit_weaver",
        "Front Physiol 2021 11:609935 (Birmingham group)",
        "10.3389/fphys.2020.609935",
        "read",
    ),
    Citation(
        "stroh2003",
        "pk_diff_ngf",
        "Stroh et al. 2003 Biophys J 85:581-588",
        "10.1016/S0006-3495(03)74502-0",
        "read",
    ),
    Citation("sun2015", "tap_tbr2", "Sun et al 2015 PNAS 112:9484", None, "none", "PMC4522763"),
    Citation(
        "swain2002",
        "abstract, read at pubmed.ncbi.nlm.nih.gov/11782661",
        "Swain & Franklin 2002 Med Sci Sports Exerc 34:152-157",
        "10.1097/00005768-200201000-00023",
        "read",
    ),
    Citation(
        "sykova2008",
        "pk_ecs_alpha",
        "Sykova & Nicholson 2008 Physiol Rev 88:1277-1340",
        "10.1152/physrev.00027.2007",
        "recalled",
    ),
    Citation(
        "szuhany2015",
        "ma_acute_szuhany",
        "Szuhany, Bugatti, Otto 2015 J Psychiatr Res 60:56-64",
        None,
        "none",
        "PMC4314337",
    ),
    Citation(
        "takahashi_clocklab",
        "act_bouts_computed",
        "Takahashi-Lab-UTSW/Actogram-Wavelet-Analysis C2_WT",
        None,
        "none",
        "bc2ac480",
    ),
    Citation(
        "tanapat1999",
        "rat_marker",
        "Tanapat et al 1999 J Neurosci 19:5792",
        "10.1523/JNEUROSCI.19-14-05792.1999",
        "recalled",
    ),
    Citation(
        "temprana2015",
        "PMC4329739",
        "Temprana et al. 2015 Neuron",
        "10.1016/j.neuron.2014.11.023",
        "recalled",
    ),
    Citation("tobin2019", "hum_tobin", "Tobin et al 2019 Cell Stem Cell 24:974", "10.1016/j.stem.2019.05.003", "read"),
    Citation(
        "trejo2001",
        "igf1_trejo",
        "Trejo, Carro, Torres-Aleman 2001 J Neurosci 21:1628-1634",
        "10.1523/JNEUROSCI.21-05-01628.2001",
        "read",
    ),
    Citation("tria1994", "pk_ngf_halflife", "Tria et al. 1994 Exp Neurol 127:178-183", None, "none", "PMID 8033961"),
    Citation("virtue2012", "page read: abstract", "Cell Metab 2012 16:665-671", "10.1016/j.cmet.2012.10.008", "read"),
    Citation(
        "wall2014",
        "mus_disuse_csa",
        "Wall et al. 2014 Acta Physiol 210:600-611",
        "10.1111/apha.12190",
        "recalled",
    ),
    Citation(
        "walsh2017",
        "acute_handgrip",
        "Walsh et al. 2017 Front Physiol 8:746",
        "10.3389/fphys.2017.00746",
        "read",
    ),
    Citation(
        "want2023",
        "bdnf_plasma_mouse",
        "Want, Morgan, Barde 2023 Sci Rep",
        "10.1038/s41598-023-34262-0",
        "recalled",
    ),
    Citation("waters2008", "abstract", "Waters et al. 2008 Physiol Behav 93:1044-1054", None, "none"),
    Citation(
        "west1990",
        "anat_gc_human",
        "West, Gundersen 1990 J Comp Neurol 296:1",
        "10.1002/cne.902960102",
        "recalled",
    ),
    Citation(
        "west1991",
        "anat_gc_rat",
        "West, Slomianka, Gundersen 1991 Anat Rec 231:482",
        "10.1002/ar.1092310411",
        "recalled",
    ),
    Citation(
        "wilson2000",
        "page read: abstract",
        "Wilson & Tanaka 2000 Am J Physiol Heart 278:H829",
        "10.1152/ajpheart.2000.278.3.H829",
        "read",
    ),
    Citation("wrann2013", "ir_wrann", "Wrann et al. 2013 Cell Metab 18:649-659", "10.1016/j.cmet.2013.09.008", "read"),
    Citation("wu2023", "haz_death", "Wu et al 2023 Nat Aging 3:380", "10.1038/s43587-023-00370-9", "read"),
    Citation(
        "yang2019",
        "mus_bdnf_ko_yang",
        "Yang et al. 2019 Sci Signal 12:eaau1468",
        "10.1126/scisignal.aau1468",
        "read",
    ),
    Citation("zhou2022", "hum_zhou", "Zhou et al 2022 Nature 607:527", "10.1038/s41586-022-04912-w", "read"),
]

# Our own work, cited by our own calibrated numbers.
OWN = {"calibration"}

REFERENCES = load_catalogue("mouse").references


@pytest.mark.parametrize("read", [pytest.param(row, id=row.key) for row in CITATIONS])
def test_reference_is_the_one_that_was_read(read: Citation) -> None:
    """First name, year, volume and pages are compared; wording is free."""
    held = REFERENCES[read.key]
    first = re.split(r"[ ,/]", read.citation)[0]
    assert first in held["citation"]
    numbers = set(re.findall(r"\d+", read.citation))
    assert numbers <= set(re.findall(r"\d+", f"{held['citation']} {held.get('identifier', '')}"))


@pytest.mark.parametrize("read", [pytest.param(row, id=row.key) for row in CITATIONS])
def test_doi_is_the_one_that_was_read(read: Citation) -> None:
    held = REFERENCES[read.key]
    doi = held["doi"]
    assert (doi and doi.lower()) == (read.doi and read.doi.lower())
    assert held["doi_status"] == read.doi_status
    if read.identifier is not None:
        assert read.identifier in f"{held.get('identifier', '')} {held['citation']}"


@pytest.mark.parametrize("species", ["human", "mouse", "rat"])
def test_every_source_was_read_a_second_time(species: str) -> None:
    named = {parameter.source for parameter in load_catalogue(species).parameters.values()} - {None}
    assert named <= {row.key for row in CITATIONS} | OWN


def test_no_reference_was_left_out() -> None:
    assert set(REFERENCES) == {row.key for row in CITATIONS} | OWN

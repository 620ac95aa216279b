# Latency of one inference: digits-cnn
# Run in this folder: gnuplot latency-digits-cnn-batch-32.gp
set encoding utf8
density = 'latency-digits-cnn-batch-32-density.dat'
summary = 'latency-digits-cnn-batch-32-summary.dat'
quantiles = 'latency-digits-cnn-batch-32-quantiles.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 960,628 font 'DejaVu Sans,12' background '#ffffff'
set output 'latency-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1920,1256 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'latency-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.13188; set rmargin at screen 0.75417; set bmargin at screen 0.10191; set tmargin at screen 0.86624
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Latency of one inference: digits-cnn' at screen 0.01667, screen 0.96497 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01667, screen 0.92994 left front font ',11' textcolor rgb '#555555'
set label 'all steady-state samples; box: quartiles, point: median, whiskers: 10 % and 90 %, cross: 99 %' at screen 0.01667, screen 0.89809 left front font ',10' textcolor rgb '#555555'
set xrange [2.211926067863462:745.3068472547893] noextend
set logscale x
set xtics ('5.0' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0, '200' 200.0, '500' 500.0)
set xlabel 'latency, µs (logarithmic)'
set yrange [-11.5:0.5] noextend
set ytics ('baseline' 0, 'dynamic-int8' -1, 'int8' -2, 'float16' -3, 'pruned-80' -4, 'pruned-80-tuned' -5, 'half-width' -6, 'compressed' -7, 'hashed-8' -8, 'small' -9, 'student' -10, 'half-width-int8' -11) scale 0
set grid noytics
set label 'median 488 µs, longest 1.03 ms' at screen 0.76667, screen 0.83439 left front font ',11' textcolor rgb '#555555'
set label 'median 487 µs, longest 1.15 ms' at screen 0.76667, screen 0.7707 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 1.22 ms' at screen 0.76667, screen 0.70701 left front font ',11' textcolor rgb '#555555'
set label 'median 487 µs' at screen 0.76667, screen 0.64331 left front font ',11' textcolor rgb '#555555'
set label 'median 486 µs, longest 866 µs' at screen 0.76667, screen 0.57962 left front font ',11' textcolor rgb '#555555'
set label 'median 485 µs' at screen 0.76667, screen 0.51592 left front font ',11' textcolor rgb '#555555'
set label 'median 158 µs, longest 3.79 ms' at screen 0.76667, screen 0.45223 left front font ',11' textcolor rgb '#555555'
set label 'median 485 µs, longest 1.19 ms' at screen 0.76667, screen 0.38854 left front font ',11' textcolor rgb '#555555'
set label 'median 485 µs, longest 1.19 ms' at screen 0.76667, screen 0.32484 left front font ',11' textcolor rgb '#555555'
set label 'median 2.92 µs' at screen 0.76667, screen 0.26115 left front font ',11' textcolor rgb '#555555'
set label 'median 2.92 µs' at screen 0.76667, screen 0.19745 left front font ',11' textcolor rgb '#555555'
set label 'median 104 µs' at screen 0.76667, screen 0.13376 left front font ',11' textcolor rgb '#555555'
plot density every :::0::0 using 1:2:3 with filledcurves linecolor rgb '#999999' fillstyle solid 0.55 noborder, density every :::1::1 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::2::2 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::3::3 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::4::4 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::5::5 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::6::6 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::7::7 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::8::8 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::9::9 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::10::10 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::11::11 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, summary using 3:1:2:6 with xerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#555555', summary using 4:1:3:5:($1-0.12):($1+0.12) with boxxyerror linecolor rgb '#555555' fillstyle solid 1 noborder, summary using 4:1 with points pointtype 7 pointsize 0.4 linecolor rgb '#ffffff', summary using 7:1 with points pointtype 2 pointsize 0.7 linewidth 1.4 linecolor rgb '#D55E00'
unset output
}

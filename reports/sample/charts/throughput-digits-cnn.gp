# Throughput against batch: digits-cnn
# Run in this folder: gnuplot throughput-digits-cnn.gp
set encoding utf8
lines = 'throughput-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,480 font 'DejaVu Sans,12' background '#ffffff'
set output 'throughput-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,960 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'throughput-digits-cnn.png'
}
reset
set lmargin at screen 0.09333; set rmargin at screen 0.79543; set bmargin at screen 0.13333; set tmargin at screen 0.84167
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Throughput against batch: digits-cnn' at screen 0.01778, screen 0.95417 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime, cpu, 1 thread, single-stream' at screen 0.01778, screen 0.90833 left front font ',11' textcolor rgb '#555555'
set xrange [0.8122523963562355:39.39662122703732] noextend
set logscale x
set xtics ('1.0' 1.0, '2.0' 2.0, '5.0' 5.0, '10' 10.0, '20' 20.0)
set yrange [1.2827093671259355:151.43680475401862] noextend
set logscale y
set ytics ('2.0' 2.0, '5.0' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0)
set xtics ('1' 1, '32' 32)
set xlabel 'rows in a batch (logarithmic)'
set ylabel 'thousands of rows a second (logarithmic)' offset -0.5,0
set label 'int8-percentile' at screen 0.82432, screen 0.7775 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.7775 front point pointtype 7 pointsize 0.7 linecolor rgb '#0072B2'
set label 'int8-signed-activations' at screen 0.82432, screen 0.74625 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.74625 front point pointtype 7 pointsize 0.7 linecolor rgb '#D55E00'
set label 'pruned-int8' at screen 0.82432, screen 0.715 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.715 front point pointtype 7 pointsize 0.7 linecolor rgb '#009E73'
set label 'int8-mse' at screen 0.82432, screen 0.68375 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.68375 front point pointtype 7 pointsize 0.7 linecolor rgb '#E69F00'
set label 'int8-per-tensor' at screen 0.82432, screen 0.6525 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.6525 front point pointtype 7 pointsize 0.7 linecolor rgb '#56B4E9'
set label 'int8' at screen 0.82432, screen 0.62125 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.62125 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'int8-entropy' at screen 0.82432, screen 0.59 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.59 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'pruned-90-per-layer' at screen 0.82432, screen 0.55875 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.55875 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'float16' at screen 0.82432, screen 0.5275 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.5275 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'baseline' at screen 0.82432, screen 0.49625 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.49625 front point pointtype 7 pointsize 0.7 linecolor rgb '#000000'
set label 'pruned-50' at screen 0.82432, screen 0.465 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.465 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'dynamic-int8' at screen 0.82432, screen 0.43375 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.43375 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'pruned-90' at screen 0.82432, screen 0.4025 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.81099, screen 0.4025 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
plot lines every :::12::12 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::12::12 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::11::11 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::11::11 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::10::10 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::10::10 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::9::9 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::9::9 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::8::8 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::8::8 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::7::7 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::7::7 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::6::6 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::6::6 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::5::5 using 1:2 with lines linewidth 1.8 linecolor rgb '#56B4E9', lines every :::5::5 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#56B4E9', lines every :::4::4 using 1:2 with lines linewidth 1.8 linecolor rgb '#E69F00', lines every :::4::4 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#E69F00', lines every :::3::3 using 1:2 with lines linewidth 1.8 linecolor rgb '#009E73', lines every :::3::3 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#009E73', lines every :::2::2 using 1:2 with lines linewidth 1.8 linecolor rgb '#D55E00', lines every :::2::2 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#D55E00', lines every :::1::1 using 1:2 with lines linewidth 1.8 linecolor rgb '#0072B2', lines every :::1::1 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#0072B2', lines every :::0::0 using 1:2 with lines linewidth 2.4 linecolor rgb '#000000', lines every :::0::0 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#000000'
unset output
}
